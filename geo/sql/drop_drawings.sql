-- The drawings are taken over.
drop table drawing
