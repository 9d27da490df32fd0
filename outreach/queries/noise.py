from members.vault import keyed_hash


def noise_key() -> bytes:
    """The key of count_noise, which is asked for this key, then 8 bytes of the category's id (docs/adr/0012)."""
    return keyed_hash("count_noise", "")
