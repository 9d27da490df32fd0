-- What a tile's content depends on besides its key: the published statistics and the last import of places.
select coalesce((select build || '@' || extract(epoch from as_of) from members_publishedfigures where kind = 'community_stats'), '0')
    || '.' || coalesce((select max(id) from geo_importrun), 0)
