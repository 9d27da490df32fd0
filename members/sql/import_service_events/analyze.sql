analyze events_in
