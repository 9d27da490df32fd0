"""What can be imported from a file in the admin, and how its columns are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from geo.matching.community_facts import COLUMNS as COMMUNITY_COLUMNS
from geo.matching.community_facts import REQUIRED as COMMUNITY_REQUIRED
from geo.models import ImportRun
from members.actions.import_consents import FIELDS as CONSENT_FIELDS
from members.actions.import_members import FIELDS as MEMBER_FIELDS
from members.actions.import_products import FIELDS as PRODUCT_FIELDS
from members.actions.import_purchases import FIELDS as PURCHASE_FIELDS
from members.actions.import_service_events import FIELDS as EVENT_FIELDS
from members.intake import Fields
from salesapp.staff.hr_feed import FIELDS as EMPLOYEE_FIELDS

Kind = ImportRun.Kind
# Names that systems give their columns, taken for a field without being told
USUAL: Mapping[str, Sequence[str]] = {
    "key": ("编号", "单号", "会员号", "会员编号", "订单号"),
    "phone": ("手机", "手机号", "手机号码", "电话", "mobile"),
    "name": ("姓名", "名称", "会员姓名"),
    "title": ("称呼",),
    "gender": ("性别",),
    "address": ("地址", "详细地址"),
    "city": ("城市", "市"),
    "district": ("区县", "行政区", "区"),
    "community": ("小区", "小区名称"),
    "house": ("门牌", "门牌号", "楼栋门牌"),
    "member_since": ("入会日期", "注册日期"),
    "email": ("邮箱", "电子邮箱"),
    "member_key": ("会员号", "会员编号"),
    "model": ("型号", "产品型号"),
    "store": ("门店", "门店代码"),
    "channel": ("渠道",),
    "bought_on": ("购买日期", "销售日期"),
    "price": ("价格", "金额"),
    "kind": ("类型", "服务类型"),
    "category": ("品类", "品类代码"),
    "happened_on": ("日期", "发生日期"),
    "category_name": ("品类名称",),
    "category_name_en": ("品类英文名",),
    "lifetime_years": ("寿命", "使用年限"),
    "premium_of": ("基础品类",),
    "brand": ("品牌",),
    "purpose": ("用途",),
    "given": ("是否同意", "同意"),
    "said_at": ("时间", "同意时间"),
    "wording": ("告知版本",),
    "source": ("来源",),
    "record": ("凭据编号",),
    "form": ("表单",),
    "ip": ("IP",),
    "employee_no": ("工号", "员工号"),
    "role": ("岗位", "角色", "职务"),
    "region": ("区域", "区域代码"),
    "state": ("状态", "在职状态"),
    "as_of": ("名单日期",),
    "code": ("代码", "编码"),
    "level": ("级别",),
    "parent": ("上级", "上级代码"),
}


@dataclass(frozen=True, slots=True)
class ImportKind:
    """``fields`` as the command takes them, ``needed`` groups of which one is needed each."""

    fields: Sequence[str]
    needed: Sequence[Sequence[str]]
    formats: Sequence[str] = (".csv", ".csv.gz", ".txt", ".tsv", ".xlsx", ".parquet")
    has_system: bool = False
    usual: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def guess(self, columns: Sequence[str]) -> dict[str, str]:
        """{column: field} of the columns that say themselves what they are, each taken once."""
        guessed: dict[str, str] = {}
        for name in self.fields:
            words = (name, *self.usual.get(name, ()), *USUAL.get(name, ()))
            known = [column for word in words for column in columns if column.casefold() == word.casefold()]
            if found := next((column for column in known if column not in guessed), None):
                guessed[found] = name
        return guessed

    def lacks(self, named: Mapping[str, str]) -> list[Sequence[str]]:
        """The needed groups that no column stands for."""
        return [group for group in self.needed if not set(group) & set(named.values())]


def _of_people(fields: Fields, *, has_system: bool = True) -> ImportKind:
    return ImportKind(fields.names, fields.needed, has_system=has_system)


_SHAPES = (".geojson", ".geojson.gz", ".json", ".json.gz", ".parquet")
KINDS: Mapping[str, ImportKind] = {
    Kind.REGIONS: ImportKind(
        ("code", "name", "level", "parent"), [("code",), ("name",)], _SHAPES,
        usual={"code": ("adcode",), "parent": ("parent.adcode",)},
    ),
    Kind.COMMUNITIES: ImportKind(
        tuple(COMMUNITY_COLUMNS), [(name,) for name in COMMUNITY_REQUIRED],
        (".csv", ".csv.gz", ".txt", ".tsv", ".xlsx", *_SHAPES), usual=COMMUNITY_COLUMNS,
    ),
    Kind.PRODUCTS: _of_people(PRODUCT_FIELDS, has_system=False),
    Kind.MEMBERS: _of_people(MEMBER_FIELDS),
    Kind.PURCHASES: _of_people(PURCHASE_FIELDS),
    Kind.SERVICE_EVENTS: _of_people(EVENT_FIELDS),
    Kind.CONSENTS: _of_people(CONSENT_FIELDS),
    Kind.EMPLOYEES: ImportKind(EMPLOYEE_FIELDS, [("employee_no",)]),
}  # fmt: skip
