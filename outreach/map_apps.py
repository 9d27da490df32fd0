"""Links that hand a community's point to the map app of the phone, each in the system that app expects.

Amap's and Baidu's addresses are their documented URI APIs: https opens the app where it is installed and a page where
it is not. Baidu's asks for a starting point on its way there, so its link shows the place and the way is one tap
further. Apple's maps of China are drawn in GCJ-02 and take what links say as such; elsewhere its coordinates, like
ours, are not shifted. A geo: address is WGS-84 by RFC 5870, and the phone lets its reader choose the app.
"""

from dataclasses import dataclass
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geo.crs import Crs, convert


@dataclass(frozen=True, slots=True)
class MapApp:
    code: str
    name: str | Promise
    address: str


def map_apps(name: str, lon: float, lat: float) -> list[MapApp]:
    """The links for a place given in WGS-84."""
    label = quote(name, safe="")
    gcj_lon, gcj_lat = _degrees(lon, lat, Crs.GCJ02)
    bd_lon, bd_lat = _degrees(lon, lat, Crs.BD09)
    wgs_lon, wgs_lat = _degrees(lon, lat, Crs.WGS84)
    return [
        MapApp(
            "amap", _("Amap"),
            f"https://uri.amap.com/navigation?to={gcj_lon},{gcj_lat},{label}&mode=car&src=salesapp&coordinate=gaode"
            "&callnative=1",
        ),
        MapApp(
            "baidu", _("Baidu"),
            f"https://api.map.baidu.com/marker?location={bd_lat},{bd_lon}&title={label}&content={label}&output=html"
            "&coord_type=bd09ll&src=webapp.salesapp.salesapp",
        ),
        MapApp("apple", _("Apple Maps"), f"https://maps.apple.com/?daddr={gcj_lat},{gcj_lon}&q={label}&dirflg=d"),
        MapApp("geo", _("Other"), f"geo:{wgs_lat},{wgs_lon}?q={wgs_lat},{wgs_lon}({label})"),
    ]  # fmt: skip


def _degrees(lon: float, lat: float, crs: Crs) -> tuple[str, str]:
    """To a tenth of a metre, which a map app shows as one point."""
    x, y = convert(lon, lat, Crs.WGS84, crs)
    return f"{float(x):.6f}", f"{float(y):.6f}"
