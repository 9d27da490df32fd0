from salesapp.staff.models.access_block import AccessBlock
from salesapp.staff.models.access_entry import AccessEntry
from salesapp.staff.models.employee import Employee
from salesapp.staff.models.harvest_alarm import HarvestAlarm, HarvestDecision
from salesapp.staff.models.second_factor import SecondFactor
from salesapp.staff.models.sign_in_family import SignInFamily, SpentRefresh
from salesapp.staff.models.store import Store

__all__ = [
    "AccessBlock",
    "AccessEntry",
    "Employee",
    "HarvestAlarm",
    "HarvestDecision",
    "SecondFactor",
    "SignInFamily",
    "SpentRefresh",
    "Store",
]
