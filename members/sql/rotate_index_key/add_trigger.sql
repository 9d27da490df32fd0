create trigger {trigger} before insert or update of {column} on {table} for each row execute function {trigger}()
