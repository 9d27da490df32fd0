-- What is written during the rotation comes as "not yet", or becomes it.
create or replace function {trigger}() returns trigger language plpgsql as $$
begin
    new.{following} := {unset_of_new};
    return new;
end $$
