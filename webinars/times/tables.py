"""Names of zones and places that were written by hand: (English, Spanish). Facts only, no code.

Babel's own names are wrong or foreign here: "Mountain Time" for Phoenix beside Denver in July,
"hora oriental" for "hora del Este", digits for Guam. Where nothing stands here, Babel is asked.
"""

# Clocks that many places share. Another zone has the name only while it shows the same clock.
SHARED = {
    "America/New_York": ("Eastern Time", "hora del Este"),
    "America/Chicago": ("Central Time", "hora del Centro"),
    "America/Denver": ("Mountain Time", "hora de la Montaña"),
    "America/Los_Angeles": ("Pacific Time", "hora del Pacífico"),
    "America/Anchorage": ("Alaska Time", "hora de Alaska"),
    "America/Halifax": ("Atlantic Time", "hora del Atlántico"),
}

# Clocks of one region, named after it, for as long as it does not keep a shared one. Phoenix never
# did; British Columbia, Alberta and Manitoba left theirs in November 2026.
REGIONAL = {
    "America/Phoenix": ("Arizona Time", "hora de Arizona"),
    "Pacific/Honolulu": ("Hawaii Time", "hora de Hawái"),
    "America/Adak": ("Aleutian Time", "hora de las Aleutianas"),
    "America/Puerto_Rico": ("Puerto Rico Time", "hora de Puerto Rico"),
    "America/St_Thomas": ("Virgin Islands Time", "hora de las Islas Vírgenes"),
    "Pacific/Guam": ("Chamorro Time", "hora chamorra"),
    "Pacific/Saipan": ("Chamorro Time", "hora chamorra"),
    "Pacific/Pago_Pago": ("American Samoa Time", "hora de Samoa Americana"),
    "Pacific/Midway": ("American Samoa Time", "hora de Samoa Americana"),
    "America/St_Johns": ("Newfoundland Time", "hora de Terranova"),
    "America/Vancouver": ("British Columbia Time", "hora de Columbia Británica"),
    "America/Edmonton": ("Alberta Time", "hora de Alberta"),
    "America/Winnipeg": ("Manitoba Time", "hora de Manitoba"),
    "America/Regina": ("Saskatchewan Time", "hora de Saskatchewan"),
    "America/Swift_Current": ("Saskatchewan Time", "hora de Saskatchewan"),
    "America/Whitehorse": ("Yukon Time", "hora de Yukón"),
    "America/Dawson": ("Yukon Time", "hora de Yukón"),
    "America/Mexico_City": ("Central Mexico Time", "hora del centro de México"),
    "America/Monterrey": ("Central Mexico Time", "hora del centro de México"),
    "America/Merida": ("Central Mexico Time", "hora del centro de México"),
    "America/Chihuahua": ("Central Mexico Time", "hora del centro de México"),
    "America/Bahia_Banderas": ("Central Mexico Time", "hora del centro de México"),
    "America/Mazatlan": ("Mexican Pacific Time", "hora del Pacífico de México"),
    "America/Hermosillo": ("Sonora Time", "hora de Sonora"),
    "America/Cancun": ("Quintana Roo Time", "hora de Quintana Roo"),
    "Europe/London": ("UK Time", "hora del Reino Unido"),
    "Europe/Dublin": ("Irish Time", "hora de Irlanda"),
    "Asia/Kolkata": ("India Time", "hora de la India"),
    "Africa/Johannesburg": ("South Africa Time", "hora de Sudáfrica"),
}

# Babel names more zones after these clocks than keep them: Algiers has no Central European summer.
KEEPERS = (
    *SHARED,
    "America/Havana",
    "Asia/Hong_Kong",
    "Asia/Jerusalem",
    "Asia/Karachi",
    "Asia/Manila",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Africa/Lagos",
    "Australia/Adelaide",
    "Australia/Perth",
    "Australia/Sydney",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Lisbon",
    "Europe/Moscow",
    "Pacific/Auckland",
)

# Letters that may stand alone, with the hours from UTC that they mean to readers in the US and
# Canada. Everywhere else letters need the zone's words: CST is also China's, IST three countries'.
LETTERS = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "HDT": -9, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5,
    "SST": -11, "ChST": 10,
}  # fmt: skip

# Places that Babel spells without their accents, or not at all in the language.
PLACES = {
    "America/Araguaina": ("Araguaína", "Araguaína"),
    "America/Argentina/Cordoba": ("Córdoba", "Córdoba"),
    "America/Argentina/Rio_Gallegos": ("Río Gallegos", "Río Gallegos"),
    "America/Argentina/Tucuman": ("Tucumán", "Tucumán"),
    "America/Belem": ("Belém", "Belém"),
    "America/Bogota": ("Bogotá", "Bogotá"),
    "America/Cuiaba": ("Cuiabá", "Cuiabá"),
    "America/Eirunepe": ("Eirunepé", "Eirunepé"),
    "America/Maceio": ("Maceió", "Maceió"),
    "America/Mazatlan": ("Mazatlán", "Mazatlán"),
    "America/Rio_Branco": ("Rio Branco", "Rio Branco"),
    "America/Santarem": ("Santarém", "Santarém"),
    "America/Sao_Paulo": ("São Paulo", "São Paulo"),
    "Asia/Ho_Chi_Minh": ("Ho Chi Minh City", "Ciudad Ho Chi Minh"),
    "Atlantic/Canary": ("Canary Islands", "Islas Canarias"),
    "Atlantic/Faroe": ("Faroe Islands", "Islas Feroe"),
    "Europe/Busingen": ("Büsingen", "Büsingen"),
    "Pacific/Chatham": ("Chatham Islands", "Islas Chatham"),
    "Pacific/Galapagos": ("Galápagos", "Galápagos"),
    "Pacific/Noumea": ("Nouméa", "Numea"),
    "Pacific/Wake": ("Wake Island", "Isla Wake"),
}

# Well-known towns for the list of zones, after or instead of the zone's own.
TOWNS = {
    "America/New_York": ("New York, Atlanta, Miami", "Nueva York, Atlanta, Miami"),
    "America/Chicago": ("Chicago, Dallas, Houston", "Chicago, Dallas, Houston"),
    "America/Denver": ("Denver, Salt Lake City", "Denver, Salt Lake City"),
    "America/Los_Angeles": ("Los Angeles, Seattle", "Los Ángeles, Seattle"),
    "America/Phoenix": ("Phoenix, Tucson", "Phoenix, Tucson"),
    "America/Puerto_Rico": ("San Juan", "San Juan"),
    "America/Menominee": ("Menominee, Michigan", "Menominee, Míchigan"),
    "America/Toronto": ("Toronto, Ottawa, Montreal", "Toronto, Ottawa, Montreal"),
    "America/Edmonton": ("Edmonton, Calgary", "Edmonton, Calgary"),
    "America/Mexico_City": ("Mexico City, Guadalajara", "Ciudad de México, Guadalajara"),
    "Asia/Kolkata": ("New Delhi, Mumbai, Kolkata", "Nueva Delhi, Bombay, Calcuta"),
    "Asia/Shanghai": ("Beijing, Shanghai", "Pekín, Shanghái"),
    "Australia/Sydney": ("Sydney, Canberra", "Sídney, Canberra"),
}

# What people look for beside the list's own towns: states, large cities, letters. What only some
# of a state keeps is said so. The second is how Spanish spells those that it spells otherwise.
FOUND_BY = {
    "America/New_York": (
        "Connecticut, Delaware, Florida, Georgia, Maine, Maryland, Massachusetts, New Hampshire, "
        "New Jersey, New York, North Carolina, Ohio, Pennsylvania, Rhode Island, South Carolina, "
        "Tennessee (east), Vermont, Virginia, Washington DC, West Virginia, Baltimore, Boston, "
        "Charlotte, Cincinnati, Cleveland, Columbus, Jacksonville, Orlando, Philadelphia, "
        "Pittsburgh, Portland (Maine), Tampa, ET, EST, EDT",
        "Nueva Hampshire, Nueva Jersey, Nueva York, Carolina del Norte, Pensilvania, "
        "Carolina del Sur, Tennessee (este), Virginia Occidental, Filadelfia",
    ),
    "America/Detroit": ("Michigan", "Míchigan"),
    "America/Indiana/Indianapolis": ("Indiana", ""),
    "America/Kentucky/Louisville": ("Kentucky", ""),
    "America/Chicago": (
        "Alabama, Arkansas, Florida (west), Illinois, Indiana (northwest), Iowa, Kansas, "
        "Kentucky (west), Louisiana, Minnesota, Mississippi, Missouri, Nebraska, North Dakota, "
        "Oklahoma, South Dakota, Tennessee, Texas, Wisconsin, Austin, Fort Worth, Kansas City, "
        "Memphis, Milwaukee, Minneapolis, Nashville, New Orleans, Omaha, San Antonio, St. Louis, "
        "CT, CST, CDT",
        "Florida (oeste), Indiana (noroeste), Kentucky (oeste), Luisiana, Misisipi, Misuri, "
        "Dakota del Norte, Dakota del Sur, Nueva Orleans",
    ),
    "America/Denver": (
        "Colorado, Kansas (west), Montana, Nebraska (west), New Mexico, North Dakota (west), "
        "South Dakota (west), El Paso (Texas), Utah, Wyoming, Albuquerque, MT, MST, MDT",
        "Kansas (oeste), Nebraska (oeste), Nuevo México, Dakota del Norte (oeste), "
        "Dakota del Sur (oeste)",
    ),
    "America/Boise": ("Idaho, Oregon (east)", "Oregón (este)"),
    "America/Phoenix": ("Arizona, MST", ""),
    "America/Los_Angeles": (
        "California, Idaho (north), Nevada, Oregon, Washington (state), Las Vegas, "
        "Portland (Oregon), Sacramento, San Diego, San Francisco, San Jose, PT, PST, PDT",
        "Idaho (norte), Oregón, Washington (estado)",
    ),
    "America/Anchorage": ("Alaska, AKST, AKDT", ""),
    "Pacific/Honolulu": ("Hawaii, HST", "Hawái"),
    "America/Puerto_Rico": ("Puerto Rico, AST", ""),
    "America/St_Thomas": ("US Virgin Islands", "Islas Vírgenes"),
    "America/St_Johns": ("Newfoundland", "Terranova"),
    "America/Halifax": ("Nova Scotia, New Brunswick, Prince Edward Island", "Nueva Escocia"),
    "America/Toronto": ("Ontario, Quebec", ""),
    "America/Winnipeg": ("Manitoba", ""),
    "America/Regina": ("Saskatchewan", ""),
    "America/Edmonton": ("Alberta", ""),
    "America/Vancouver": ("British Columbia", "Columbia Británica"),
    "Europe/London": ("England, Scotland, Wales", "Inglaterra, Escocia, Gales"),
}

# The first zones of the list, in this order.
FIRST_CHOICES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)

# The list's groups, in its order.
GROUPS = {
    "us": ("United States", "Estados Unidos"),
    "canada": ("Canada", "Canadá"),
    "mexico": ("Mexico", "México"),
    "america": ("Rest of the Americas", "Resto de América"),
    "europe": ("Europe", "Europa"),
    "africa": ("Africa", "África"),
    "asia": ("Asia", "Asia"),
    "pacific": ("Australia and the Pacific", "Australia y el Pacífico"),
    "antarctica": ("Antarctica", "Antártida"),
}

# Groups by ISO 3166 code, where the first part of the zone's name does not give it.
GROUP_OF_COUNTRY = {
    **dict.fromkeys(("US", "PR", "VI", "GU", "MP", "AS", "UM"), "us"),
    "CA": "canada",
    "MX": "mexico",
    **dict.fromkeys(("BM", "FK", "GS"), "america"),
    **dict.fromkeys(("IS", "FO"), "europe"),
    **dict.fromkeys(("CV", "SH", "MG", "KM", "YT", "RE", "SC", "MU"), "africa"),
    **dict.fromkeys(("MV", "CX", "CC", "IO"), "asia"),
    "TF": "antarctica",
}
GROUP_OF_PREFIX = {
    "America": "america",
    "Arctic": "europe",
    "Europe": "europe",
    "Africa": "africa",
    "Asia": "asia",
    "Australia": "pacific",
    "Pacific": "pacific",
    "Antarctica": "antarctica",
}
