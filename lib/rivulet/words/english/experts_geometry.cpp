#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const ExpertsGeometry experts_geometry = {
    .lab = "Geometry",
    .keys = {{{"V", "vectors alone, or a layer that learns"},
              {"N", "another set of vectors"},
              {"Space", "play or pause training"},
              {"S", "take one training step"},
              {"R", "restart from a fresh layer"},
              {"D", "draw your own target"},
              {"1 – 9", "keep so many"},
              {"← →", "keep one less or one more"},
              {"C", "the next way to choose"},
              {"Shift + arrows", "move an arrow’s head or the point, turn the space"},
              {"H", "the next arrow to be moved so"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "In the plane, drag an arrow’s head wherever you like: every curve follows. In three "
        "dimensions, drag to turn. Press into a plot to keep so many, or to choose an overlap. In "
        "the "
        "layer’s view, drag the point: its arrows are what the blocks of the layer answer there.",
    .views = {"Vectors", "A layer that learns"},
    .another = "Other vectors",
    .both_miss = "Missed: longest {:.1f} %, best {:.1f} %",
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
    .overlap_hint =
        "The cosine between any two vectors of n-D: 0 orthogonal, 1 parallel or "
        "opposite",
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
         "far the longest fall short.",
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
    .map = "The plane’s colours",
    .maps = {"Longest block", "Router’s choice"},
    .blur = "Blur",
    .blur_hint = "How far points are moved from the target, to be sent back. Starts a fresh layer",
    .router_map = "The router’s map",
    .router_maps = {"Softplus", "ReLU", "exp"},
    .hidden = "Hidden units",
    .hidden_hint = "Of all blocks together. Starts a fresh layer",
    .map_titles = {"Which block is the longest", "Which block the router expects"},
    .layer_error_title = "What kept blocks miss, on average",
    .scatter_title = "Lengths",
    .true_axis = "true",
    .predicted_axis = "predicted",
    .correlation_title = "Rank correlation",
    .layer_text =
        "A dense layer learns to send blurred points back to the target. Cut into n blocks it is "
        "already a sum of n experts, and a router learns, from the point alone, how long each "
        "block’s answer will be.",
    .map_seen = {"Colour is the block with the longest answer. Drag the point: its arrows, three "
                 "times as long as they are, are the blocks’ answers there, and their sum is "
                 "the layer’s.",
                 "Colour is the block that the router expects to be the longest. The closer to the "
                 "other picture, the better it knows where to send a point."},
    .router_label = "Router",
    .loss_label = "Objective",
    .sum_label = "Layer",
    .choice_label = "Choice",
    .error_label = "Error",
};

}  // namespace rivulet::words::english
