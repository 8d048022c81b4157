#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const Flow2d flow2d = {
    .keys = {{{"Space", "play or pause training"},
              {"S", "take one training step"},
              {"R", "restart from a fresh network"},
              {"C", "compare two methods side by side"},
              {"1 – 6", "show 1, 2, 4, 8, 32 or 128 sampling steps"},
              {"D", "draw your own target"},
              {"Tab, Enter", "move between controls, use one"},
              {"← →", "turn the dial that has the ring"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Touch a dial and its symbol lights up in the formulas. Click a panel to see it large. "
        "Drag the time below the picture to watch noise flow into data. Everything, your drawing "
        "included, is kept in the address of the page.",

    .lab = "2-D",
    .method = "Method",
    .methods = {"Flow matching", "Shortcut", "Shortcut, code", "Reflow", "SplitMeanFlow",
                "MeanFlow"},
    .method_hints = {"Lipman et al. 2022: learn the direction from noise to data",
                     "Frans et al. 2024: learn steps of every length",
                     "Shortcut as in the authors' released code",
                     "Liu et al. 2022: train again on its own pairs, for straight paths",
                     "Guo et al. 2025: average velocities of parts add up",
                     "Geng et al. 2025: average velocity by a derivative"},
    .compare = "Compare two methods",
    .compare_hint = "Train a second network on the same data, step for step",
    .against = "Against",
    .steps_hint = "How many steps carry noise to data in the large picture",
    .width_hint = "Hidden units per layer. Starts a fresh network",
    .depth_hint = "Hidden layers. Starts a fresh network",
    .bootstrap = "Self-consistency",
    .bootstrap_hint = "Share of each batch that trains long steps to equal two short ones",

    .views = {"Samples", "Paths", "Field"},
    .play_flow = "Let the noise flow",
    .loss_title = "Loss",
    .loss_flow = "flow",
    .loss_self_short = "self",
    .distance_caption = "distance {:.3f}",
    .distance_title = "Distance to the data",
    .floor = "best possible",
    .panels_title = "The same noise carried to data in 1 to 128 steps",
    .panels_note = "number: distance to the data",
    .waiting = "drawing…",

    .method_text =
        {"The network learns the average direction from noise to data, at every place and time. "
         "Many small steps along it draw the shape. One big step can only land near the middle of "
         "everything.",
         "The network is also told how long its step will be. On part of every batch it learns "
         "that one long step must end where two short ones end. So in time a single step is "
         "enough.",
         "Shortcut as its authors released it: an eighth of the batch trains long steps, and the "
         "smallest step, 1/128, stands in for a step of length zero.",
         "First plain flow matching. Then it trains again on pairs of noise and its own samples. "
         "The new paths no longer cross, so they are almost straight and few steps suffice.",
         "Average velocities must add up: two parts of a step give the whole. Here the cut may lie "
         "anywhere; the shortcut model always cuts in the middle.",
         "The average velocity over a step follows from the velocity now and a derivative along "
         "the path, which forward-mode differentiation gives exactly. One step is learnt without "
         "chaining short ones."},
    .view_text =
        {"Grey is data. Colour is noise that the network has carried there.",
         "Each line is the path of one point, from its noise to where it lands.",
         "Arrows show where the network sends a point at this time, by a step of this length."},
    .train_label = "Objective",
    .update_label = "Update",
    .path_label = "Path",
};

}  // namespace rivulet::words::english
