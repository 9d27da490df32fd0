from members.models.category import Category
from members.models.community_count import CommunityCount
from members.models.community_request import CommunityRequest
from members.models.community_stat import CommunityStat
from members.models.consent import Consent
from members.models.consent_state import ConsentState
from members.models.consent_wording import ConsentWording
from members.models.contact_point import ContactPoint
from members.models.erasure import Erasure
from members.models.file_import import FileImport
from members.models.identity_link import IdentityLink
from members.models.index_key import IndexKey
from members.models.member import Member
from members.models.member_merge import MemberMerge
from members.models.member_session import MemberSession
from members.models.need import Need
from members.models.need_rule import NeedRule
from members.models.neighbour_list import NeighbourList
from members.models.product import Product
from members.models.published_figures import PublishedFigures
from members.models.purchase import Purchase
from members.models.region_stat import RegionStat
from members.models.sealing_key import SealingKey
from members.models.service_event import ServiceEvent
from members.models.source_record import SourceRecord
from members.models.tombstone import Tombstone
from members.models.verification import Verification

__all__ = [
    "Category",
    "CommunityCount",
    "CommunityRequest",
    "CommunityStat",
    "Consent",
    "ConsentState",
    "ConsentWording",
    "ContactPoint",
    "Erasure",
    "FileImport",
    "IdentityLink",
    "IndexKey",
    "Member",
    "MemberMerge",
    "MemberSession",
    "Need",
    "NeedRule",
    "NeighbourList",
    "Product",
    "PublishedFigures",
    "Purchase",
    "RegionStat",
    "SealingKey",
    "ServiceEvent",
    "SourceRecord",
    "Tombstone",
    "Verification",
]
