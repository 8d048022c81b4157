#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const ExpertsGeometry experts_geometry = {
    .lab = "Geometry",
    .keys = {{{"N", "another set of vectors"},
              {"1 – 9", "keep so many"},
              {"← →", "keep one less or one more"},
              {"C", "the next way to choose"},
              {"Shift + arrows", "turn the space that has the ring"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "In the plane, drag an arrow’s head wherever you like: every curve follows. In three "
        "dimensions, drag to turn. Press into a plot to keep so many, or to choose an overlap.",
    .another = "Other vectors",
    .rule = "Who chooses",
    .rules = {"Longest", "Best subset", "Router", "Random"},
    .rule_hints = {"An oracle that knows every true length keeps the longest",
                   "All subsets are tried; no rule can be better",
                   "Knows the lengths up to some noise, as a trained router does",
                   "Keeps any of them"},
    .room = "The vectors live in",
    .rooms = {"2-D", "3-D", "n-D"},
    .experts = "Experts",
    .experts_hint = "How many vectors there are",
    .kept = "Kept",
    .kept_hint = "How many of the vectors stay in the sum",
    .kept_value = "{} of {}",
    .overlap = "Overlap",
    .overlap_hint = "The cosine between any two vectors of n-D: 0 orthogonal, 1 parallel",
    .noise = "The router’s noise",
    .noise_hint = "Of the logarithm of the lengths that the router predicts",
    .weighed = "The router sets the lengths too",
    .seed_hint = "Another seed: other vectors, other noise",
    .vectors_title = "Experts and their sum",
    .misses = "misses {:.1f} %",
    .sum = "sum",
    .kept_sum = "kept",
    .error_title = "What the kept sum misses",
    .error_axis = "vectors kept",
    .curves = {"longest", "best", "router", "random"},
    .gap_title = "When are the longest the best?",
    .gap_axis = "overlap",
    .gap_curves = {"longest", "best"},
    .rule_text =
        {"A layer of experts is a sum of n vectors. To keep only k of them, keep the longest: a "
         "long vector that is left out is missed most.",
         "The best k of all subsets. Trying them all is no way to run a layer, but it shows how "
         "much the longest leave on the table.",
         "A router must choose before the experts have worked. So it predicts their lengths, and "
         "the k largest predictions are kept.",
         "Random experts are what a router must beat: the curve is the mean over all choices."},
    .room_seen =
        {"In the plane more than two vectors cannot be orthogonal: the longest may cancel each "
         "other. Drag a head until they do.",
         "In space more than three vectors cannot be orthogonal, but there is more room: the "
         "longest are often the best.",
         "A projection: in n dimensions all vectors can be orthogonal, and then the longest are "
         "the best exactly. Let them overlap, and they no longer are."},
    .sum_label = "Layer",
    .choice_label = "Choice",
    .error_label = "Error",
};

}  // namespace rivulet::words::english
