"""Chinese surnames as data: those of the 百家姓 (a classic of the 10th century) and the usual ones missing there.

A name that starts with none of them (a nickname, a company, a transliteration) is shown without a surname, so
a missing surname costs politeness and never privacy.
"""

# Two characters are shown together only for these. Compounds that are rarer than the single surname they start
# with (谷梁, 宗政) are left out on purpose: there the second character is more often somebody's given name.
_COMPOUND = """
欧阳 司马 上官 诸葛 皇甫 东方 尉迟 司徒 令狐 夏侯 慕容 端木 公孙 长孙 宇文 轩辕 呼延 独孤 拓跋 澹台 濮阳 淳于
太史 申屠 鲜于 闾丘 钟离 赫连 万俟 完颜 耶律 南宫 西门 百里 公冶 公羊 司空 司寇 颛孙 漆雕 羊舌 左丘 梁丘
歐陽 司馬 諸葛 尉遲 慕容 長孫 軒轅 獨孤 端木 東方 鍾離
"""
COMPOUND = frozenset(_COMPOUND.split())

SINGLE = frozenset(
    # 百家姓
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
    "俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧"
    "计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫"
    "经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓"
    "牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙"
    "池乔阴鬱胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容"
    "向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰"
    "巢关蒯相查后荆红游竺权逯盖益桓公晋楚闫法汝鄢涂钦归海岳帅缑亢况有琴商牟佘佴伯赏墨哈谯笪年爱阳佟言福"
    # usual today and missing there, and simplified doubles of old ones
    "肖覃付代苟冼苑鹿门庹鄞扎展栗豆初迟仝尧来尉智旷朴楼母练腾衣遇邝闭随隋鲜麦丛丘仵候兴区卿台宾幺开征户才操斯普未植求泉"
    "渠火炎玉甫税粟绪翦禤肇英菅萨蒿蔚蔺雒靖首骞麴官南芦谌盘位凡漆敬修赫战揭但信檀保奉蹇木藏轩琚宛侍过茆买续泮綦资伦顿眭郄"
    "拓皇宇仉戢弋忻纵竹寻线雪崔呼亓帖尕刀么刑苌"
    # traditional forms
    "趙錢孫鄭馮陳衛蔣韓楊許呂張嚴華謝鄒竇雲蘇魯韋馬鳳費賀湯羅畢鄔樂時齊顧黃蕭貝計談龐紀項閔賈婁顏鐘鍾駱淩萬盧經應鄧單諸鈕"
    "龔陸榮儲烏車寧仇欒厲劉龍葉薊陰蒼聞譚貢勞連習魚廣闕歐聶簡饒豐關遊權蓋歸嶽況陽閻莊溫喬賴國師鞏"
)
