#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const Distill2d distill2d = {
    .lab = "2-D",
    .keys = {{{"Space", "train or pause"},
              {"S", "one step of training"},
              {"R", "start again"},
              {"1 to 5", "samples, teacher, fake, their difference, why"},
              {"[ or ]", "the loss on the right: back and forth"},
              {"C", "drifting on the right"},
              {"D", "draw a target with arrow keys and Enter"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Both generators start from the same numbers and see the same noise; only their loss "
        "differs. Neither ever sees data, the teacher is all they have; drifting alone sees data.",
    .left = "Loss on the left",
    .right = "Loss on the right",
    .loss_hint = "From the naive distance to FGM, SiD and beyond. Starts again",
    .naive = "naive L1",
    .drifting = "Drifting on the right",
    .drifting_caption = "Drifting",
    .tau = "Reach",
    .tau_hint = "How far a sample sees data and other samples",
    .repulsion = "Samples repel one another",
    .start = "Start width",
    .start_hint = "Deviation of the generator’s first samples: narrow or wide of the data",
    .gaussian = "One Gaussian as the data, as in theory",
    .levels = "Noise levels",
    .levels_of = {"All", "One, right", "One, both"},
    .fake_steps = "Fake steps",
    .fake_steps_hint = "Steps of the fake net before each of the generator",
    .form = "Drifting’s kernel",
    .forms = {"Own mean", "Shared"},
    .deviation = "Blur of the data",
    .deviation_hint = "Deviation of each Gaussian that the teacher knows",
    .width_hint = "Hidden units of generator and fake net",
    .rate = "Generator’s rate",
    .fake_rate = "Fake net’s rate",
    .views = {"Samples", "Teacher", "Fake", "Push", "Why"},
    .level = "Noise level",
    .spread_caption = "deviation {:.2f}",
    .waiting = "training begins",
    .away = "ran away",
    .collapsed = "collapsed",
    .out_of_sight = "the samples are out there",
    .l1_title = "Distance of both nets (L1)",
    .distance_title = "Distance to the data (sliced Wasserstein)",
    .spread_title = "Deviation of the samples",
    .of_data = "data",
    .threshold = "λ = {} turns",
    .phase_title = "Which way the loss pulls the width",
    .phase_axis = "samples’ variance over the data’s, at the noise level",
    .right_way = "towards the data",
    .wrong_way = "away from it",
    .terms_title = "{}, term by term",
    .sum = "sum",
    .lag = "Row 2 less row 4: {:.2g} (lag of the fake)",
    .drift_size =
        "Size of the field now: {:.4f}. It is small wherever the pulls cancel or nothing is within "
        "reach, right or wrong: it measures no progress.",
    .way_text =
        {"the naive distance never widens the generator as long as the fake net keeps up: it "
         "collapses and drifts off, and then swings as the fake net lags.",
         "L3 uses the identity once for every fake term. It still pulls together at the solution: "
         "too "
         "narrow.",
         "below 0 samples that are far too narrow are narrowed further, and their mean is pushed "
         "the "
         "wrong way.",
         "the width is right, but where the samples are too narrow their mean is pushed the wrong "
         "way, and parts of the data may be lost.",
         "λ = ½ is the exact gradient of the distance (FGM): right in width and in mean, from "
         "anywhere.",
         "between ½ (FGM) and 1 (SiD) width and mean are pulled the right way, from anywhere.",
         "λ = 1 drops the gradient of the outer density, and is right from anywhere: SiD’s "
         "safe choice.",
         "up to 1.2, SiD’s own choice, one Gaussian is found unless the start is some three times "
         "too wide; other data can lose samples that begin hardly too wide.",
         "beyond 1.2 samples that are only somewhat too wide run away; narrow ones may still "
         "arrive.",
         "no teacher, no fake net, no noise levels: samples are drawn to the data within reach and "
         "pushed apart.",
         "no teacher, no fake net, no noise levels: samples are drawn to the data within reach, "
         "and "
         "nothing pushes them apart. With a long reach all of them meet."},
    .both_text = "Left: {} Right: {}",
    .alike_text = "Both: {}",
    .view_seen =
        {"Grey: what the teacher knows. Coloured: what each generator makes of noise in one step.",
         "The teacher’s score at this noise level, and the samples with that much noise: it points "
         "to where data are.",
         "The fake net’s score: where the generator’s own samples are, as far as the net has "
         "followed.",
         "Teacher minus fake: where they differ, samples are moved. No arrows are left when both "
         "agree.",
         "One dimension, solved on paper: blue pulls the width towards the data’s, orange away "
         "from "
         "it. A dot is a run of yours."},
    .drift_seen =
        " With drifting: the data attract (grey), the samples repel (coloured), and the push, "
        "drawn "
        "strongest, is the sum of both.",
    .noised_label = "Samples",
    .loss_label = "Loss",
    .fake_label = "Fake net",
    .theory_label = "In theory",
    .drift_label = "Drifting",
};

}  // namespace rivulet::words::english
