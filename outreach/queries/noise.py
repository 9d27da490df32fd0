from members.vault import first_hash


def noise_key(category_id: int | None = None) -> bytes:
    """The key of count_noise is this, then 8 bytes of the category's id (docs/adr/0012)."""
    key = first_hash("count_noise", "")
    return key if category_id is None else key + category_id.to_bytes(8, "big")
