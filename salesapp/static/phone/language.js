// Pages that are kept on the phone hold every language; this shows the one that is chosen there.
"use strict";

(() => {
  const parts = [...document.querySelectorAll("[data-language]")];
  const cookie = (document.cookie.match(/(?:^|; )django_language=([^;]*)/) || [])[1];
  const wanted = [cookie, ...navigator.languages].filter(Boolean).map((language) => language.slice(0, 2));
  const chosen = wanted.map((begin) => parts.find((part) => part.lang.startsWith(begin))).find(Boolean) || parts[0];
  for (const part of parts) part.hidden = part !== chosen;
  document.documentElement.lang = chosen.lang;
  document.title = document.title.split(" · ")[parts.indexOf(chosen)];
})();
