"""Small registers for the tests of this room, in the columns of the real ones."""

import gzip

import pytest

from conftest import NOON
from pochin.core.policy import SYSTEM
from pochin.markets import importing

HS2022 = """section,hscode,description,parent,level
IX,44,Wood and articles of wood,TOTAL,2
IX,4407,"Wood sawn or chipped lengthwise",44,4
IX,440711,"Wood; coniferous, of pine",4407,6
IX,440712,"Wood; coniferous, of fir and spruce",4407,6
I,01,Animals; live,TOTAL,2
I,0101,"Horses, asses, mules and hinnies; live",01,4
I,010121,"Horses; live, pure-bred breeding animals",0101,6
"""
HS2017 = """id,text,parent,isLeaf,aggrlevel,standardUnitAbbr,last_modified
TOTAL,Total,#,0,0,n/a,2024-01-16
440710,440710 - Wood; coniferous,4407,1,6,m3,2024-01-16
440711,"440711 - Wood; coniferous, of pine",4407,1,6,m3,2024-01-16
"""
EAEU = """chapter,code,dashes,name_ru,full_name_ru,unit,duty
44,4407,0,Лесоматериалы распиленные:,Лесоматериалы распиленные,,
44,,1,хвойные:,Лесоматериалы распиленные > хвойные,,
44,4407119300,2,доски,Лесоматериалы распиленные > хвойные > доски сосновые,м3,10
"""
FLOWS = """reporter_iso,reporter_desc,flow_desc,partner_iso,partner_desc,\
cmd_code,cmd_desc,primary_value,ref_year
ITA,Italy,Import,W00,World,4407,Wood,1000,2018
ITA,Italy,Import,W00,World,4407,Wood,2000,2022
ITA,Italy,Import,RUS,Russia,4407,Wood,500,2022
DEU,Germany,Import,W00,World,4407,Wood,1500,2022
NLD,Netherlands,Import,RUS,Russia,4407,Wood,10,2022
NLD,Netherlands,Import,FIN,Finland,4407,Wood,30,2022
RUS,Russia,Import,W00,World,4407,Wood,9000,2022
"""
DISTANCES = """iso_o,iso_d,contig,dist,distw
RUS,ITA,0.0,2500.0,2600.0
RUS,DEU,0.0,1800.0,.
RUS,RUS,0.0,10.0,10.0
"""
COUNTRIES = """ISO3166-1-Alpha-3,ISO3166-1-Alpha-2,ISO4217-currency_alphabetic_code
ITA,IT,EUR
DEU,DE,EUR
NLD,NL,EUR
RUS,RU,RUB
"""


@pytest.fixture
def take_in(db, tmp_path):
    """Takes a text in as a file: ``take_in("goods", HS2022)``."""

    def take(kind, text, name="register.csv", **given):
        file = tmp_path / name
        file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return getattr(importing, f"import_{kind}")(file, by=SYSTEM, at=NOON, **given)

    return take


@pytest.fixture
def goods(take_in):
    for text in (HS2022, HS2017, EAEU):
        take_in("goods", text)


@pytest.fixture
def trade(goods, take_in):
    take_in("trade", FLOWS, origin="UN Comtrade")
    take_in("trade", DISTANCES, origin="CEPII")
    take_in("trade", COUNTRIES)
