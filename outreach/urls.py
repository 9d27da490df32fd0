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
from outreach.api.sealed_drafts import SealedDraftList
from outreach.api.tiles import CommunityTile
from outreach.pages.broadcast_new import broadcast_communities, broadcast_count, new_broadcast
from outreach.pages.broadcasts import broadcast, broadcasts, communities_of_broadcast, move_broadcast
from outreach.pages.click import click
from outreach.pages.community_request import community_request
from outreach.pages.consents import consents
from outreach.pages.counter import counter
from outreach.pages.for_member import (
    copy_of_member,
    correction_of_member,
    erase_member,
    objection_of_member,
    withdraw_of_member,
)
from outreach.pages.home import home
from outreach.pages.join import join, join_code
from outreach.pages.map import (
    community,
    community_look_alikes,
    community_map,
    community_search,
    community_table,
)
from outreach.pages.message import counter_draft, counter_message
from outreach.pages.mine import (
    agree,
    change_consent,
    copy_as_json,
    copy_as_page,
    details,
    erase,
    erase_code,
    mine,
    sign_in,
    sign_in_code,
    sign_out,
)
from outreach.pages.reads import export, reads
from outreach.pages.results import result_list, results
from outreach.pages.shell import manifest, offline, service_worker, signed_out
from outreach.pages.unsubscribe import unsubscribe_page

urlpatterns = [
    path("api/lookups/", LookupList.as_view(), name="api-lookups"),
    path("api/drafts/", DraftList.as_view(), name="api-drafts"),
    path("api/sealed-drafts/", SealedDraftList.as_view(), name="api-sealed-drafts"),
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
    path("join/<str:join_code>/", join, name="join"),
    path("join/<str:join_code>/code/", join_code, name="join-code"),
    path("mine/", mine, name="mine"),
    path("mine/sign-in/", sign_in, name="mine-sign-in"),
    path("mine/code/", sign_in_code, name="mine-code"),
    path("mine/sign-out/", sign_out, name="mine-sign-out"),
    path("mine/my-data.json", copy_as_json, name="mine-json"),
    path("mine/my-data.html", copy_as_page, name="mine-copy"),
    path("mine/details/", details, name="mine-details"),
    path("mine/consent/", change_consent, name="mine-consent"),
    path("mine/agree/<int:channel>/", agree, name="mine-agree"),
    path("mine/erase/", erase, name="mine-erase"),
    path("mine/erase/code/", erase_code, name="mine-erase-code"),
    path("", home, name="home"),
    path("service-worker.js", service_worker, name="service-worker"),
    path("manifest/<str:language>.webmanifest", manifest, name="manifest"),
    path("offline/", offline, name="offline"),
    path("signed-out/", signed_out, name="signed-out"),
    path("broadcasts/", broadcasts, name="broadcasts"),
    path("broadcasts/new/", new_broadcast, name="broadcast-new"),
    path("broadcasts/count/", broadcast_count, name="broadcast-count"),
    path("broadcasts/communities/", broadcast_communities, name="broadcast-communities"),
    path("broadcasts/<int:broadcast_id>/", broadcast, name="broadcast"),
    path("broadcasts/<int:broadcast_id>/communities/", communities_of_broadcast, name="broadcast-area"),
    path("broadcasts/<int:broadcast_id>/<slug:move>/", move_broadcast, name="broadcast-move"),
    path("results/", results, name="results"),
    path("results/<slug:name>/", result_list, name="result-list"),
    path("counter/", counter, name="counter"),
    path("privacy/consents/", consents, name="consents"),
    path("privacy/copy/", copy_of_member, name="copy-for-member"),
    path("privacy/correct/", correction_of_member, name="correct-for-member"),
    path("privacy/object/", objection_of_member, name="object-for-member"),
    path("privacy/withdraw/", withdraw_of_member, name="withdraw-for-member"),
    path("privacy/erase/", erase_member, name="erase-member"),
    path("privacy/community/", community_request, name="community-request"),
    path("privacy/reads/", reads, name="reads"),
    path("privacy/reads/export/", export, name="reads-export"),
    path("counter/draft/", counter_draft, name="counter-draft"),
    path("counter/message/", counter_message, name="counter-message"),
    path("l/<slug:name>", click, name="click"),
    path("map/", community_map, name="map"),
    path("map/list/", community_table, name="community-list"),
    path("map/search/", community_search, name="community-search"),
    path("map/communities/<int:community_id>/", community, name="community"),
    path("map/communities/<int:community_id>/alike/", community_look_alikes, name="community-alike"),
]
