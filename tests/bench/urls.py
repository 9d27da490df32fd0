from django.urls import include, path

from tests.bench.floors import Empty, RawLookUp, raw_look_up, raw_tile

urlpatterns = [
    path("bench/raw-look-up/", raw_look_up),
    path("bench/same-view/", RawLookUp.as_view()),
    path("bench/empty/", Empty.as_view()),
    path("bench/raw-tile/<int:z>/<int:x>/<int:y>.mvt", raw_tile),
    path("", include("salesapp.urls")),
]
