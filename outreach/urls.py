"""Addresses of the staff's work."""

from django.urls import path

from outreach.api.audience import AudiencePreview
from outreach.api.broadcasts import (
    ApproveBroadcast,
    BroadcastDetail,
    BroadcastList,
    BroadcastTextList,
    CancelBroadcast,
    PauseBroadcast,
    ResumeBroadcast,
)
from outreach.api.communities import CommunityDetail, CommunityList
from outreach.api.drafts import DraftList
from outreach.api.lookups import LookupList
from outreach.api.messages import MessageList
from outreach.api.receipts import Webhook
from outreach.api.regions import RegionList
from outreach.api.tiles import CommunityTile
from outreach.pages.broadcasts import (
    broadcast,
    broadcast_communities,
    broadcast_count,
    broadcasts,
    move_broadcast,
    new_broadcast,
)
from outreach.pages.click import click
from outreach.pages.consents import consents
from outreach.pages.counter import counter
from outreach.pages.home import home
from outreach.pages.map import community, community_map, community_table
from outreach.pages.message import counter_draft, counter_message
from outreach.pages.reads import export, reads
from outreach.pages.unsubscribe import unsubscribe_page

urlpatterns = [
    path("api/lookups/", LookupList.as_view(), name="api-lookups"),
    path("api/drafts/", DraftList.as_view(), name="api-drafts"),
    path("api/messages/", MessageList.as_view(), name="api-messages"),
    path("api/tiles/<int:z>/<int:x>/<int:y>.mvt", CommunityTile.as_view(), name="api-tile"),
    path("api/regions/", RegionList.as_view(), name="api-regions"),
    path("api/communities/", CommunityList.as_view(), name="api-communities"),
    path("api/communities/<int:community_id>/", CommunityDetail.as_view(), name="api-community"),
    path("api/audience/", AudiencePreview.as_view(), name="api-audience"),
    path("api/broadcasts/", BroadcastList.as_view(), name="api-broadcasts"),
    path("api/broadcasts/texts/", BroadcastTextList.as_view(), name="api-broadcast-texts"),
    path("api/broadcasts/<int:broadcast_id>/", BroadcastDetail.as_view(), name="api-broadcast"),
    path("api/broadcasts/<int:broadcast_id>/approve/", ApproveBroadcast.as_view(), name="api-broadcast-approve"),
    path("api/broadcasts/<int:broadcast_id>/pause/", PauseBroadcast.as_view(), name="api-broadcast-pause"),
    path("api/broadcasts/<int:broadcast_id>/resume/", ResumeBroadcast.as_view(), name="api-broadcast-resume"),
    path("api/broadcasts/<int:broadcast_id>/cancel/", CancelBroadcast.as_view(), name="api-broadcast-cancel"),
    path("api/webhooks/<str:provider>/", Webhook.as_view(), name="api-webhook"),
    path("u/<str:name>", unsubscribe_page, name="unsubscribe"),
    path("", home, name="home"),
    path("broadcasts/", broadcasts, name="broadcasts"),
    path("broadcasts/new/", new_broadcast, name="broadcast-new"),
    path("broadcasts/count/", broadcast_count, name="broadcast-count"),
    path("broadcasts/communities/", broadcast_communities, name="broadcast-communities"),
    path("broadcasts/<int:broadcast_id>/", broadcast, name="broadcast"),
    path("broadcasts/<int:broadcast_id>/<slug:move>/", move_broadcast, name="broadcast-move"),
    path("counter/", counter, name="counter"),
    path("privacy/consents/", consents, name="consents"),
    path("privacy/reads/", reads, name="reads"),
    path("privacy/reads/export/", export, name="reads-export"),
    path("counter/draft/", counter_draft, name="counter-draft"),
    path("counter/message/", counter_message, name="counter-message"),
    path("l/<slug:name>", click, name="click"),
    path("map/", community_map, name="map"),
    path("map/list/", community_table, name="community-list"),
    path("map/communities/<int:community_id>/", community, name="community"),
]
