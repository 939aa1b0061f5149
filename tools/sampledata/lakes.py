"""Lakes: the largest of the world as facts, and many made up, so that the table is long enough to query."""

import random

# name, country (of the larger part), greatest depth in metres, area in km2, as general reference works give them.
KNOWN = [
    ("Caspian Sea", "Kazakhstan", 1025, 371000), ("Superior", "United States of America", 406, 82100),
    ("Victoria", "Tanzania", 81, 68870), ("Huron", "Canada", 229, 59600),
    ("Michigan", "United States of America", 281, 58000), ("Tanganyika", "Democratic Republic of the Congo", 1470, 32600),
    ("Baikal", "Russia", 1642, 31500), ("Great Bear Lake", "Canada", 446, 31000), ("Malawi", "Malawi", 706, 29500),
    ("Great Slave Lake", "Canada", 614, 27200), ("Erie", "United States of America", 64, 25700),
    ("Winnipeg", "Canada", 36, 24514), ("Ontario", "Canada", 244, 18960), ("Ladoga", "Russia", 230, 17700),
    ("Balkhash", "Kazakhstan", 26, 16400), ("Onega", "Russia", 127, 9700), ("Titicaca", "Peru", 281, 8372),
    ("Nicaragua", "Nicaragua", 26, 8264), ("Athabasca", "Canada", 124, 7850), ("Taymyr", "Russia", 26, 6990),
    ("Turkana", "Kenya", 109, 6405), ("Reindeer Lake", "Canada", 219, 6500), ("Issyk-Kul", "Kyrgyzstan", 668, 6236),
    ("Urmia", "Iran", 16, 5200), ("Vaenern", "Sweden", 106, 5650), ("Albert", "Uganda", 51, 5300),
    ("Mweru", "Zambia", 27, 5120), ("Netilling", "Canada", 132, 5066), ("Nipigon", "Canada", 165, 4848),
    ("Manitoba", "Canada", 7, 4624), ("Saimaa", "Finland", 82, 4400), ("Khanka", "Russia", 11, 4190),
    ("Peipus", "Estonia", 15, 3555), ("Tana", "Ethiopia", 15, 3200), ("Van", "Turkey", 451, 3755),
    ("Kivu", "Rwanda", 480, 2700), ("Khuvsgul", "Mongolia", 267, 2760), ("Poyang", "China", 25, 3500),
    ("Vaettern", "Sweden", 128, 1912), ("Geneva", "Switzerland", 310, 580), ("Constance", "Germany", 251, 536),
    ("Garda", "Italy", 346, 370), ("Maggiore", "Italy", 372, 212), ("Como", "Italy", 425, 146),
    ("Balaton", "Hungary", 12, 592), ("Ohrid", "North Macedonia", 288, 358), ("Neagh", "United Kingdom", 25, 392),
    ("Ness", "United Kingdom", 230, 56), ("Crater Lake", "United States of America", 594, 53),
    ("Tahoe", "United States of America", 501, 490), ("Great Salt Lake", "United States of America", 10, 4400),
    ("Toba", "Indonesia", 505, 1130), ("Matano", "Indonesia", 590, 164), ("Biwa", "Japan", 104, 670),
    ("Taupo", "New Zealand", 186, 616), ("Wakatipu", "New Zealand", 380, 291), ("Eyre", "Australia", 6, 9500),
    ("General Carrera", "Chile", 586, 1850), ("San Martin", "Argentina", 836, 1013), ("Nahuel Huapi", "Argentina", 464, 530),
    ("Maracaibo", "Venezuela", 60, 13210), ("Hornindalsvatnet", "Norway", 514, 51), ("Mjoesa", "Norway", 468, 365),
]

# Countries that made-up lakes lie in, with weights near the share of the world's lakes each has.
COUNTRIES = [
    ("Canada", 46), ("Russia", 24), ("United States of America", 12), ("Sweden", 3), ("Finland", 3), ("China", 2),
    ("Norway", 2), ("Brazil", 1.5), ("Argentina", 1), ("Kazakhstan", 1), ("Greenland", 0.9), ("Chile", 0.6),
    ("India", 0.5), ("Mongolia", 0.4), ("Iceland", 0.3), ("New Zealand", 0.3), ("Turkey", 0.2), ("Poland", 0.2),
    ("Denmark", 0.2), ("Estonia", 0.1), ("Ethiopia", 0.1), ("Kenya", 0.1), ("Japan", 0.1), ("Italy", 0.1),
]
FIRST = "Al Ba Bel Cor Dun Ek Fal Gar Hol Il Jor Kal Lin Mar Nor Or Pel Ras Sil Tor Ul Ver Wen Yar Zel".split()
MIDDLE = ["", "a", "an", "e", "en", "i", "o", "or", "u", "un"]
LAST = "berg by dale den fjord ford ham holm la lund mere mo na nes ra sen ta tarn vik water".split()


def made_up(count: int, seed: int = 7):
    """Named in one case of eight; most lakes have no name. Depths and areas fall off as those of real lakes do."""
    random_ = random.Random(seed)
    names, weights = zip(*COUNTRIES)
    for _ in range(count):
        named = random_.random() < 0.125
        name = random_.choice(FIRST) + random_.choice(MIDDLE) + random_.choice(LAST) if named else ""
        depth = round(min(random_.lognormvariate(1.4, 0.8), 400), 1)
        area = round(0.1 * random_.paretovariate(1.05), 2)
        yield name, random_.choices(names, weights)[0], depth, min(area, 900.0)


def all_lakes(count: int):
    """(Hylak_id, Lake_name, Country, Depth_m, Area_km2), known lakes first."""
    lakes = [*KNOWN, *made_up(count - len(KNOWN))]
    return [(number, *lake) for number, lake in enumerate(lakes, start=1)]
