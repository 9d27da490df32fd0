// The list of communities: a new category loads its list at once.
"use strict";

document.getElementById("category").addEventListener("change", (event) => event.target.form.submit());
