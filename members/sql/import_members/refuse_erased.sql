-- Who was erased stays erased, whatever a source system still sends.
delete from members_resolved where is_erased returning line
