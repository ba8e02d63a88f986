#include "ctl/ctl_seed_words.h"

#include <stddef.h>

const char *const seed_given[] = {
    "Ann",      "Bjørn",   "Chloé",   "Dmitri",  "Efua",  "François", "Grzegorz", "Hana",  "Ingrid", "José",
    "Katarína", "Łukasz",  "María",   "Nikola",  "Özlem", "Paula",    "Quentin",  "Renée", "Søren",  "Tamás",
    "Ünal",     "Violeta", "Wanjiru", "Xiomara", "Yusuf", "Žofia",    "Алексей",  "Ольга", "Ελένη",  "Γιώργος",
    "美咲",     "健太",    "小明",    "丽娜",    "지우",  "민준",     "أمينة",    "يوسف",  "נועה",   "अनन्या",
    "রহিম",     "Thu",     "Siobhán", "Aroha",   "Owen",  "Maja",     "Ada",      "Emil",  NULL,
};

const char *const seed_family[] = {
    "Andersen",   "Bakker",   "Čapek",    "Dąbrowski", "Eriksson", "Fernández", "García",     "Hansen",  "Ibrahim",
    "Jónsdóttir", "Kowalska", "Lefèvre",  "Müller",    "Núñez",    "O'Brien",   "Petrović",   "Quispe",  "Rossi",
    "Šimić",      "Tremblay", "Ueda",     "Varga",     "Weiß",     "Yıldız",    "Zimmermann", "Иванова", "Παπαδόπουλος",
    "佐藤",       "王",       "김",       "حداد",      "Cohen",    "Sharma",    "Okafor",     "Nguyễn",  "Silva",
    "Kovács",     "Mäkinen",  "van Dijk", "MacLeod",   NULL,
};

const char *const seed_places[] = {
    "Oslo",     "København", "Kraków", "São Paulo",  "Zürich",  "東京", "Αθήνα",    "Москва",
    "Montréal", "Nairobi",   "Lagos",  "Wellington", "München", "Łódź", "İstanbul", "Reykjavík",
    "Hà Nội",   "Bogotá",    "Lyon",   "Porto",      "Gent",    "Cork", NULL,
};

const char *const seed_subjects[] = {
    "Bread",        "Trains",       "Sailing",  "Bees",      "Fountain pens", "Astronomy", "Chess",     "Mushrooms",
    "Synthesizers", "Bicycles",     "Old maps", "Knitting",  "Board games",   "Coffee",    "Birds",     "Woodworking",
    "Sourdough",    "Film cameras", "Gardens",  "Radio",     "Mountain huts", "Typefaces", "Cheese",    "Jazz",
    "Rivers",       "Origami",      "Robots",   "Languages", "Ceramics",      "Running",   "Compilers", "Tea",
    NULL,
};

const char *const seed_circles[] = {
    "for beginners", "and friends", "of the north", "exchange", "workshop",      "at night", "on a budget",
    "in the city",   "club",        "questions",    "archive",  "without rules", NULL,
};

const char *const seed_openers[] = {
    "After three weeks of trying,",
    "Does anybody know why",
    "Yesterday",
    "A short report:",
    "To my surprise",
    "Following up,",
    "If you have the time,",
    "For the record,",
    "Unpopular opinion:",
    "Thanks to this group",
    "Every spring",
    "Before I forget:",
    "Small victory today:",
    "Between us,",
    "At last",
    "Quick question:",
    NULL,
};

const char *const seed_verbs[] = {
    "I repaired",
    "I finally found",
    "we compared",
    "somebody recommended",
    "I keep losing",
    "I gave away",
    "we measured",
    "my neighbour built",
    "I would never buy",
    "we took apart",
    "I am looking for",
    "the museum showed",
    "I photographed",
    "we argued about",
    "I learned to trust",
    "they stopped making",
    NULL,
};

const char *const seed_things[] = {
    "the old one from 1974",
    "a second-hand kit",
    "the blue prototype",
    "a borrowed tool",
    "the manual that everybody quotes",
    "a map of the harbour",
    "the spare parts",
    "a recipe from Łódź",
    "the first draft",
    "a very patient teacher",
    "the café's own blend",
    "a naïve version of it",
    "the small workshop behind the station",
    "a list of 40 names",
    "the instrument in the attic",
    "a better way to store it",
    "the left-handed model",
    "an excellent garden centre",
    NULL,
};

const char *const seed_details[] = {
    "and it works better than new", "but only in dry weather",          "which took two evenings",
    "for less than 20 €",           "with some help from my sister",    "although the label said otherwise",
    "just before the rain came",    "so now there are two of them",     "without a single screw left over",
    "and nobody believed me",       "at about half the weight",         "even though it was minus 12 °C",
    "as far as I can tell",         "once I had read the instructions", NULL,
};

const char *const seed_closers[] = {
    "Pictures follow.",
    "What would you do?",
    "Happy to share the details.",
    "I'd do it again.",
    "Any hints are welcome!",
    "Don't try this alone.",
    "More next week.",
    "Has anybody compared the two?",
    "The full notes: https://example.org/notes",
    "🍞",
    "See you on Saturday 👋",
    "It was worth it.",
    NULL,
};
