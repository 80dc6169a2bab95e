"""Six invented singers, five palos and two invented record labels: the facts the demo corpus is made of.

Nobody here exists. Levels and vowels are given as a transcriber or a phonetician would write them down;
everything that varies from one performance to the next (rhythm, loudness, text) is drawn in `score`
and `tracks`.
"""

from dataclasses import dataclass

VOWELS: dict[str, tuple[float, float, float]] = {
    # F1, F2, F3 in Hz of a grown man speaking Andalusian Spanish (open e and o); each tract scales them
    "a": (720.0, 1290.0, 2480.0),
    "e": (490.0, 1800.0, 2520.0),
    "i": (310.0, 2180.0, 2900.0),
    "o": (510.0, 930.0, 2420.0),
    "u": (350.0, 740.0, 2330.0),
}


@dataclass(frozen=True)
class MotifPlan:
    """A motif a singer comes back to: levels it may start on, signed steps, rhythm (relative durations)."""

    name: str
    starts: tuple[int, ...]
    steps: tuple[int, ...]
    rhythm: tuple[float, ...]

    @property
    def pattern(self) -> str:
        """The steps as written in the motif tables, such as ``+1 -2 +1``."""
        return " ".join(f"{step:+d}" for step in self.steps)


@dataclass(frozen=True)
class Singer:
    """One virtual cantaor or cantaora: scale, dictionary, voice and manner."""

    name: str
    slug: str
    tonic_cents: float  # re 55 Hz
    levels_cents: tuple[float, ...]  # re the tonic, ascending; microtonal Andalusian Phrygian
    favourites: tuple[int, ...]  # levels leaned on, the first one most
    motifs: tuple[MotifPlan, ...]
    titles: tuple[tuple[str, str, int], ...]  # palo, title, label (index into LABELS), one per recording
    tract: float  # formants relative to VOWELS: the shorter the tract, the larger
    vowel_colour: tuple[float, float]  # own factors on F1 and F2
    upper_hz: tuple[
        float, float, float
    ]  # F3 to F5 before `tract`; close together they make a singer's formant
    damping: float  # factor on all formant bandwidths
    rd: tuple[float, float]  # Liljencrants–Fant shape when loud and when soft (small = pressed, bright)
    jitter: float  # standard deviation of the cycle length, relative
    shimmer: float  # standard deviation of the cycle amplitude, relative
    rasp: float  # depth of the period doubling that makes a voice rough ("afillá")
    aspiration: float  # breath noise in the glottal flow, relative to the pulse
    fry: float  # probability that a phrase ends in vocal fry
    vibrato_hz: float
    vibrato_cents: float  # amplitude: half of peak to peak
    vibrato_delay_s: float
    glide_s: float
    glide_shape: float  # 1 = symmetric; larger = waits, then leaps; smaller = leaves at once, arrives late
    scoop_cents: float  # how far below a note starts after a breath or an unvoiced consonant
    drift_cents: float  # slow pitch instability
    ornaments: dict[str, float]  # probabilities per held note
    tempo: float  # factor on durations
    dynamics_db: float


@dataclass(frozen=True)
class Palo:
    """What a style changes: pace, pauses, how much text there is and how long notes are held."""

    tempo: float
    pause_s: tuple[float, float]
    syllabic: float
    hold_s: tuple[float, float]
    opening: str


@dataclass(frozen=True)
class Label:
    """How a record label sounds: band, room, noise and level."""

    name: str
    years: tuple[int, int]
    low_hz: float
    high_hz: float
    rt60_s: float
    wet_db: float
    hiss_dbfs: float
    hum_dbfs: float
    crackle_per_s: float
    drive: float
    presence: tuple[float, float]  # centre in Hz and height in dB of the microphone's own colour
    peak_dbfs: float
    room_seed: int


PALOS: dict[str, Palo] = {
    "martinete": Palo(1.06, (0.9, 1.5), 0.5, (0.42, 0.85), "n"),
    "debla": Palo(1.12, (0.8, 1.4), 0.3, (0.55, 1.02), ""),
    "saeta": Palo(1.0, (0.9, 1.6), 0.35, (0.47, 0.94), ""),
    "toná": Palo(1.0, (0.7, 1.2), 0.6, (0.38, 0.77), "l"),
    "fandango": Palo(0.92, (0.5, 0.9), 0.85, (0.34, 0.68), "k"),
}

LABELS: tuple[Label, ...] = (
    Label(
        name="Discos Torrelápiz",
        years=(1953, 1961),
        low_hz=160.0,
        high_hz=5200.0,
        rt60_s=0.28,
        wet_db=-17.0,
        hiss_dbfs=-55.0,
        hum_dbfs=-72.0,
        crackle_per_s=9.0,
        drive=1.3,
        presence=(1700.0, 7.0),
        peak_dbfs=-6.0,
        room_seed=53,
    ),
    Label(
        name="Cintas Guadalmira",
        years=(1969, 1978),
        low_hz=45.0,
        high_hz=13500.0,
        rt60_s=0.75,
        wet_db=-15.0,
        hiss_dbfs=-70.0,
        hum_dbfs=-80.0,
        crackle_per_s=0.0,
        drive=0.6,
        presence=(3800.0, 4.0),
        peak_dbfs=-3.0,
        room_seed=69,
    ),
)

# Shared property: one cadence three of them use, and one turn of phrase the other three use.
_FORGE = MotifPlan(
    "cadencia de la fragua", (4, 5), (1, -1, -1, 1, -1, -1), (1.0, 0.8, 0.9, 0.8, 0.9, 1.0, 1.3)
)
_LATTICE = MotifPlan("vuelta de la reja", (3, 4), (-1, 1, 1, -1, 1, -2), (0.9, 0.8, 1.0, 1.2, 0.8, 0.9, 1.2))

SINGERS: tuple[Singer, ...] = (
    Singer(
        name="Frasquito el Almirez",
        slug="frasquito-el-almirez",
        tonic_cents=1906.0,
        levels_cents=(-200.0, 0.0, 96.0, 296.0, 408.0, 506.0, 702.0, 806.0),
        favourites=(5, 4, 3, 6, 7),
        motifs=(
            MotifPlan("yunque", (2, 3), (2, -1, 2, -1, -1), (1.2, 0.8, 1.0, 0.8, 0.9, 1.1)),
            MotifPlan("martillo", (5, 6), (-1, -1, 2, -1, -1, -1), (0.9, 0.8, 1.3, 0.8, 0.8, 0.9, 1.1)),
            MotifPlan("rescoldo", (4, 5), (1, 1, -3, 1, -1), (0.8, 0.9, 1.3, 0.9, 0.8, 1.2)),
            MotifPlan("tenaza", (3,), (-2, 1, 2, -1, 1), (1.0, 0.8, 0.9, 1.2, 0.8, 1.1)),
            _FORGE,
        ),
        titles=(
            ("martinete", "Yunque de medianoche", 0),
            ("toná", "Tres candiles apagaos", 0),
            ("debla", "Debla del río seco", 1),
            ("martinete", "Al carbón le pregunté", 0),
        ),
        tract=0.99,
        vowel_colour=(1.04, 0.97),
        upper_hz=(2450.0, 3250.0, 4000.0),
        damping=1.1,
        rd=(0.80, 1.40),
        jitter=0.009,
        shimmer=0.09,
        rasp=0.10,
        aspiration=0.030,
        fry=0.6,
        vibrato_hz=5.1,
        vibrato_cents=68.0,
        vibrato_delay_s=0.27,
        glide_s=0.040,
        glide_shape=1.4,
        scoop_cents=130.0,
        drift_cents=7.0,
        ornaments={"mordent": 0.35, "appoggiatura": 0.15},
        tempo=1.02,
        dynamics_db=7.0,
    ),
    Singer(
        name="La Niña del Alcaraván",
        slug="la-nina-del-alcaravan",
        tonic_cents=2596.0,
        levels_cents=(-196.0, 0.0, 114.0, 312.0, 400.0, 498.0, 694.0, 800.0),
        favourites=(4, 6, 5, 2, 7),
        motifs=(
            MotifPlan("alcaraván", (4, 5), (1, 1, -1, -1, -1, 1), (0.8, 0.8, 1.1, 0.8, 0.8, 0.8, 1.2)),
            MotifPlan("vuelo", (2, 3), (1, 2, -1, 1, -2), (0.8, 0.9, 1.2, 0.8, 0.9, 1.1)),
            MotifPlan("ribera", (6, 7), (-2, 1, -2, 1, -1), (1.1, 0.8, 1.0, 0.8, 0.9, 1.1)),
            MotifPlan("relente", (5, 6), (-1, 1, -2, -1, 1), (0.8, 0.8, 1.2, 0.9, 0.9, 1.1)),
            _LATTICE,
        ),
        titles=(
            ("saeta", "Farol de esquina", 1),
            ("fandango", "Mi jaca de papel", 1),
            ("saeta", "Que no doblen por la luna", 0),
            ("debla", "Debla de la veleta", 1),
        ),
        tract=1.135,
        vowel_colour=(0.98, 1.02),
        upper_hz=(2520.0, 3350.0, 4200.0),
        damping=0.95,
        rd=(0.95, 1.6),
        jitter=0.004,
        shimmer=0.04,
        rasp=0.0,
        aspiration=0.035,
        fry=0.1,
        vibrato_hz=6.2,
        vibrato_cents=55.0,
        vibrato_delay_s=0.22,
        glide_s=0.028,
        glide_shape=1.0,
        scoop_cents=60.0,
        drift_cents=5.0,
        ornaments={"turn": 0.35, "mordent": 0.15},
        tempo=0.94,
        dynamics_db=6.0,
    ),
    Singer(
        name="Tío Lucas de la Marisma",
        slug="tio-lucas-de-la-marisma",
        tonic_cents=1812.0,
        levels_cents=(-212.0, 0.0, 88.0, 286.0, 392.0, 490.0, 688.0, 882.0),
        favourites=(3, 5, 2, 4, 7),
        motifs=(
            MotifPlan("barcaza", (2, 3), (1, -2, 1, 1, -1), (1.2, 0.9, 1.0, 0.9, 1.0, 1.2)),
            MotifPlan("junco", (4, 5), (-1, -2, 1, 1, -1, -1), (1.0, 0.9, 1.1, 0.9, 0.9, 0.9, 1.2)),
            MotifPlan("salitre", (5, 6), (-3, 2, -1, -1, 1), (1.2, 1.0, 1.1, 0.9, 0.9, 1.2)),
            MotifPlan("bajamar", (3, 4), (2, -1, -1, -1, 2), (0.9, 1.2, 0.9, 0.9, 1.0, 1.2)),
            _FORGE,
        ),
        titles=(
            ("toná", "Barcaza sin remo", 0),
            ("martinete", "Sal en la herida", 1),
            ("toná", "Ni el junco me espera", 0),
            ("saeta", "Cirio de marisma", 0),
        ),
        tract=0.975,
        vowel_colour=(0.97, 1.02),
        upper_hz=(2430.0, 3330.0, 4150.0),
        damping=1.15,
        rd=(1.05, 1.8),
        jitter=0.012,
        shimmer=0.08,
        rasp=0.05,
        aspiration=0.05,
        fry=0.8,
        vibrato_hz=4.5,
        vibrato_cents=90.0,
        vibrato_delay_s=0.33,
        glide_s=0.052,
        glide_shape=0.75,
        scoop_cents=160.0,
        drift_cents=9.0,
        ornaments={"appoggiatura": 0.4, "mordent": 0.1},
        tempo=1.12,
        dynamics_db=9.0,
    ),
    Singer(
        name="Encarna la Zarzamora",
        slug="encarna-la-zarzamora",
        tonic_cents=2304.0,
        levels_cents=(-190.0, 0.0, 104.0, 304.0, 416.0, 514.0, 710.0, 798.0),
        favourites=(3, 6, 4, 1, 7),
        motifs=(
            MotifPlan("zarza", (3, 4), (1, -1, 2, -2, 1), (0.9, 0.8, 0.9, 1.2, 0.9, 1.1)),
            MotifPlan("espina", (5, 6), (-1, 1, -1, -1, -2), (0.9, 0.8, 0.9, 0.8, 1.0, 1.2)),
            MotifPlan("vereda", (2, 3), (1, 1, 1, -2, 1, -1), (0.8, 0.8, 0.8, 1.2, 0.9, 0.8, 1.1)),
            MotifPlan("mora negra", (6,), (-2, -1, 2, 1, -1), (1.1, 0.9, 1.0, 0.9, 1.0, 1.2)),
            _LATTICE,
        ),
        titles=(
            ("debla", "Debla de la zarza", 1),
            ("toná", "Toná del cántaro", 0),
            ("saeta", "Por la vereda del alba", 1),
            ("fandango", "Ay qué larga la tarde", 0),
        ),
        tract=1.095,
        vowel_colour=(1.01, 0.97),
        upper_hz=(2480.0, 3080.0, 3620.0),
        damping=0.95,
        rd=(0.85, 1.5),
        jitter=0.005,
        shimmer=0.05,
        rasp=0.04,
        aspiration=0.022,
        fry=0.3,
        vibrato_hz=5.6,
        vibrato_cents=78.0,
        vibrato_delay_s=0.24,
        glide_s=0.036,
        glide_shape=1.2,
        scoop_cents=90.0,
        drift_cents=6.0,
        ornaments={"mordent": 0.25, "turn": 0.2},
        tempo=1.0,
        dynamics_db=8.0,
    ),
    Singer(
        name="Manolito Trasluz",
        slug="manolito-trasluz",
        tonic_cents=2190.0,
        levels_cents=(-204.0, 0.0, 92.0, 294.0, 396.0, 502.0, 598.0, 700.0),
        favourites=(4, 7, 3, 5),
        motifs=(
            MotifPlan("trasluz", (4, 5), (1, 1, -1, 1, -2), (0.8, 0.8, 1.1, 0.8, 0.9, 1.1)),
            MotifPlan("celosía", (2, 3), (1, -1, 1, 1, 1), (0.8, 0.8, 0.9, 0.8, 0.8, 1.2)),
            MotifPlan("cristal", (6, 7), (-1, -1, 1, -2, 1, -1), (0.8, 0.8, 0.9, 1.0, 0.8, 0.8, 1.1)),
            MotifPlan("quebranto", (7,), (-3, 1, 1, -2, -1), (1.2, 0.8, 0.8, 1.0, 0.9, 1.1)),
            _FORGE,
        ),
        titles=(
            ("fandango", "Cristales de la albufera", 1),
            ("saeta", "Celosía morada", 0),
            ("martinete", "Fragua sin dueño", 1),
            ("toná", "Toná de los tres puentes", 1),
        ),
        tract=1.025,
        vowel_colour=(0.97, 1.03),
        upper_hz=(2520.0, 3000.0, 3500.0),
        damping=0.92,
        rd=(0.78, 1.3),
        jitter=0.005,
        shimmer=0.04,
        rasp=0.02,
        aspiration=0.018,
        fry=0.2,
        vibrato_hz=6.6,
        vibrato_cents=52.0,
        vibrato_delay_s=0.18,
        glide_s=0.026,
        glide_shape=1.1,
        scoop_cents=70.0,
        drift_cents=5.0,
        ornaments={"turn": 0.25, "mordent": 0.3},
        tempo=0.92,
        dynamics_db=5.0,
    ),
    Singer(
        name="Remedios de Valdelirio",
        slug="remedios-de-valdelirio",
        tonic_cents=2409.0,
        levels_cents=(-206.0, 0.0, 98.0, 302.0, 404.0, 492.0, 696.0, 808.0),
        favourites=(5, 3, 6, 4, 7),
        motifs=(
            MotifPlan("delirio", (3, 4), (2, -1, 1, -2, 1), (1.1, 1.0, 0.8, 0.9, 0.9, 1.2)),
            MotifPlan("pozo", (5, 6), (-2, -1, -1, 2, -1), (1.0, 0.9, 0.8, 1.0, 0.9, 1.2)),
            MotifPlan("cal viva", (2, 3), (3, -1, -1, 1, -1), (1.0, 1.2, 0.8, 0.8, 0.8, 1.1)),
            MotifPlan("remanso", (6, 7), (-1, 1, -1, 1, -3), (0.8, 0.8, 0.8, 0.8, 1.0, 1.2)),
            _LATTICE,
        ),
        titles=(
            ("martinete", "Valdelirio abajo", 0),
            ("debla", "El pozo de los pañuelos", 1),
            ("fandango", "Cal viva en tu ventana", 0),
            ("saeta", "Siete puñales de escarcha", 0),
        ),
        tract=1.115,
        vowel_colour=(1.03, 1.0),
        upper_hz=(2460.0, 3220.0, 4050.0),
        damping=1.1,
        rd=(0.82, 1.4),
        jitter=0.008,
        shimmer=0.08,
        rasp=0.09,
        aspiration=0.045,
        fry=0.5,
        vibrato_hz=5.3,
        vibrato_cents=62.0,
        vibrato_delay_s=0.29,
        glide_s=0.044,
        glide_shape=0.85,
        scoop_cents=140.0,
        drift_cents=7.5,
        ornaments={"appoggiatura": 0.25, "turn": 0.15, "mordent": 0.1},
        tempo=1.04,
        dynamics_db=8.0,
    ),
)
