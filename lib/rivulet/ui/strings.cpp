#include "rivulet/ui/strings.h"

namespace rivulet::ui {
namespace {

constexpr PicturesStrings pictures = {
    .lab = "Pictures",
    .keys = {{{"N", "roll new noise"},
              {"← →", "look at the next picture, or turn the dial that has the ring"},
              {"1 – 8", "sample in 1, 2, 4, … 128 steps"},
              {"G, S, I", "the grid, the steps, the morph"},
              {"C", "compare both methods on the same noise"},
              {"Space", "play the way of a picture, or the morph"},
              {"Tab, Enter", "move between controls, use one"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Choose what the pictures should show, and how many steps they may take. Click a picture "
        "to see its way from noise, what the model believed meanwhile, and the training picture "
        "nearest to it. Every setting is kept in the address of the page.",
    .sets = {"Avatars", "Fashion"},
    .methods = {"Shortcut", "Flow matching"},
    .method_hints = {"Learned to take steps of every length: one is enough",
                     "Learned the direction at every moment: needs many small steps"},
    .compare = "Compare both",
    .new_noise = "New noise",
    .new_noise_hint = "Other noise, other pictures (N)",
    .another_noise = "Seed",
    .picture_back = "The picture before",
    .picture_on = "The next picture",
    .one_back = "The seed before",
    .one_on = "The next seed",
    .guidance = "Guidance",
    .guidance_hint = "How much to exaggerate what was chosen; 1 leaves the model as it learned",
    .guidance_cut = "{:.4g} (this model learned up to {:.4g})",
    .any = "any",
    .clear_choices = "Leave all open",
    .ends = {"From", "To"},

    .views = {"Grid", "Steps", "Morph"},
    .grid_caption = "{}, {}",
    .batch_caption = "{} pictures in {} ms, {:.0f} GFLOP/s",
    .batch_short = "{} in {} ms",
    .picture = "Picture {}",
    .steps_title = "The same noise in 1 to 128 steps",
    .place = "on its way",
    .belief = "the model’s belief",
    .play = "Play its way from noise",
    .nearest = "Nearest of {} training pictures",
    .distance = "{:.1f} % away, root mean square over pixels",
    .nearest_waiting = "Looking for the nearest training picture…",
    .save = "Save picture",
    .save_all = "Save the grid",
    .saved_nowhere = "There is no way to save files here",
    .morph_noise = "Two noises",
    .morph_choice = "Two choices",
    .morph_play = "Play the morph",
    .no_change =
        "Choose something under “To” on the left, hair colour say, and the same noise "
        "becomes both.",

    .loading = "Loading the model, {:.0f} %",
    .starting = "Loading the model…",
    .load_failed = "The model could not be loaded",
    .retry = "Try again",
    .unavailable = "there are no files here",

    .method_text =
        {"A shortcut model is told how long its step will be. It has learned that one long step "
         "must end where two short ones end, so a single step already makes a picture.",
         "Flow matching learned the average direction from noise to data. Many small steps along "
         "it make a picture; one big step lands on the average of all pictures: a blur."},
    .view_text = {"Every square began as noise. Click one to see its way and its nearest training "
                  "picture.",
                  "One noise, two models, eight numbers of steps. Click any of them to see its "
                  "way.",
                  "Between two noises lie noises as good as these, on the arc that joins them: "
                  "each becomes a picture of its own.",
                  "The same noise, carried by a blend of two velocities: one for each choice."},
    .sample_formulas =
        {"x ←x+\\at{steps}{\\frac{1}{n}}v_θ(x,\\at{time}{t},\\at{steps}{\\frac{1}{n}}"
         ",\\at{labels}{c},\\at{guidance}{w}), "
         "~\\text{trained~so~that}~v_θ(x,t,0,\\at{labels}{c},\\at{guidance}{w})≈"
         "v_θ(x,t,0)+\\at{guidance}{w}⋅(v_θ(x,t,0,\\at{labels}{c})−v_θ(x,t,0))",
         "x ←x+\\at{steps}{\\frac{1}{n}}v, ~v=v_θ(x,\\at{time}{t})+\\at{guidance}{w}⋅"
         "(v_θ(x,\\at{time}{t},\\at{labels}{c})−v_θ(x,\\at{time}{t}))"},
    .belief_formula = "\\hat{x}_1 =x_t+(1−\\at{time}{t})v(x_t,\\at{time}{t},0)",
    .morph_formulas =
        {"x_0 =\\frac{\\text{sin}((1−\\at{blend}{s})φ)}{\\text{sin}~φ}\\at{from}{a}"
         "+\\frac{\\text{sin}(\\at{blend}{s}φ)}{\\text{sin}~φ}\\at{to}{b}, "
         "~φ=\\text{angle~between}~\\at{from}{a},\\at{to}{b}",
         "v =(1−\\at{blend}{s})v(x,t,\\at{from}{c_A})+\\at{blend}{s}⋅v(x,t,\\at{to}{c_B})"},
    .noise_formula =
        "x_0 =\\at{seed}{\\text{noise}}∼N(0,I), ~\\at{time}{t}=0,"
        "\\frac{1}{\\at{steps}{n}},…,1",
    .noise_label = "Start",
    .belief_label = "Belief",
    .morph_label = "Between",
};

constexpr Strings table = {
    .name = "Rivulet",
    .copy_link = "Copy a link to exactly these settings",
    .copied = "Copied: the link holds every setting",
    .paste_link = "Paste settings copied before",
    .pasted = "Settings taken over",
    .bad_state = "These settings could not be read, so the defaults are shown. ",
    .bad_paste = "These settings could not be read, so nothing was changed. ",
    .bad_text = "This text could not be used. ",
    .bad_file = "This file could not be used. ",
    .unwanted_file = "No lab knows what to do with this file",
    .to_dark = "Dark colours",
    .to_light = "Light colours",
    .help = "Help and keys",
    .close = "Close",
    .failed = "Training stopped",
    .again = "Start again",
    .settings = "Settings",

    .help_title = "What you can do here",
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

    .lab = "Flow and shortcut, 2-D",
    .target = "Target",
    .targets = {"Eight Gaussians", "Two moons", "Checkerboard", "Spirals", "Rings", "Swiss roll",
                "The character 流", "Draw your own"},
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
    .more = "More dials",
    .less = "Fewer dials",
    .play = "Train",
    .pause = "Pause",
    .one_step = "One training step (S)",
    .restart = "Restart from a fresh network (R)",
    .training_step = "step",
    .per_second = "steps/s",

    .steps = "Sampling steps",
    .steps_hint = "How many steps carry noise to data in the large picture",
    .rate = "Learning rate",
    .rate_hint = "Size of each update: too large shakes, too small crawls",
    .width = "Width",
    .width_hint = "Hidden units per layer. Starts a fresh network",
    .depth = "Depth",
    .depth_hint = "Hidden layers. Starts a fresh network",
    .batch = "Batch",
    .batch_hint = "Points per training step. Starts a fresh network",
    .bootstrap = "Self-consistency",
    .bootstrap_hint = "Share of each batch that trains long steps to equal two short ones",
    .average = "Averaging",
    .average_hint = "Decay of the averaged weights that draw the samples",
    .seed = "Seed",
    .seed_hint = "Another seed: other first weights, other noise",

    .views = {"Samples", "Paths", "Field"},
    .play_flow = "Let the noise flow",
    .one_step_caption = "1 step",
    .steps_caption = "{} steps",
    .loss_title = "Loss",
    .loss_flow = "flow",
    .loss_self_short = "self",
    .distance_caption = "distance {:.3f}",
    .distance_title = "Distance to the data",
    .floor = "best possible",
    .training_steps_axis = "training steps",
    .panels_title = "The same noise carried to data in 1 to 128 steps",
    .panels_note = "number: distance to the data",
    .waiting = "drawing…",

    .draw_title = "Draw the shape to learn",
    .draw_hint = "Press and draw here",
    .draw_keys = "By keyboard: arrows move the pen, Enter lowers and lifts it, Esc ends",
    .undo = "Undo",
    .clear = "Clear",
    .done = "Done",
    .draw_again = "Draw",

    .method_text =
        {"The network learns the average direction from noise to data, at every place and time. "
         "Many "
         "small steps along it draw the shape. One big step can only land near the middle of "
         "everything.",
         "The network is also told how long its step will be. On part of every batch it learns "
         "that "
         "one long step must end where two short ones end. So in time a single step is enough.",
         "Shortcut as its authors released it: an eighth of the batch trains long steps, and the "
         "smallest step, 1/128, stands in for a step of length zero.",
         "First plain flow matching. Then it trains again on pairs of noise and its own samples. "
         "The "
         "new paths no longer cross, so they are almost straight and few steps suffice.",
         "Average velocities must add up: two parts of a step give the whole. Here the cut may lie "
         "anywhere; the shortcut model always cuts in the middle.",
         "The average velocity over a step follows from the velocity now and a derivative along "
         "the "
         "path, which forward-mode differentiation gives exactly. One step is learnt without "
         "chaining short ones."},
    .view_text =
        {"Grey is data. Colour is noise that the network has carried there.",
         "Each line is the path of one point, from its noise to where it lands.",
         "Arrows show where the network sends a point at this time, by a step of this length."},
    .objectives =
        {"L = \\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t) −(\\at{target}{x_1}−\\at{seed}{x_0})∥^2",
         "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,0) "
         "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+16\\at{bootstrap}{β}"
         "\\E∥v_θ(x_t,t,2d) −\\text{sg}[\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_t,t,d) "
         "+\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_{t+d},t+d,d)]∥^2",
         "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,\\frac{1}{128}) "
         "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+16\\at{bootstrap}{β}"
         "\\E∥v_θ(x_t,t,2d) −\\text{sg}[\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_t,t,d) "
         "+\\frac{1}{2}v_{\\at{average}{\\bar{θ}}}(x_{t+d},t+d,d)]∥^2",
         "L = \\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t) −(\\hat{x}_1−\\at{seed}{x_0})∥^2, "
         "~\\hat{x}_1=\\text{the~flow’s~own~sample~from~}x_0",
         "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,0) "
         "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+16\\at{bootstrap}{β}"
         "\\E∥v_θ(x_t,t,d) −\\text{sg}[s⋅v_{\\at{average}{\\bar{θ}}}(x_t,t,sd) "
         "+ (1−s)⋅v_{\\at{average}{\\bar{θ}}}(x_{t+sd},t+sd,(1−s)d)]∥^2",
         "L = \\at{bootstrap}{(1−β)}\\at{batch}{\\E}∥\\at{network}{v_θ}(x_t,t,0) "
         "−(\\at{target}{x_1}−\\at{seed}{x_0})∥^2 |+\\at{bootstrap}{β}"
         "\\E∥v_θ(x_t,t,d) −\\text{sg}[x_1−x_0 +d\\frac{\\text{d}}{\\text{d}t}v_θ(x_t,t,d)]∥^2"},
    .update_formula =
        "θ←θ−\\at{rate}{η}⋅\\text{AdamW}(∇_θL), "
        "~\\bar{θ}←\\at{average}{μ}\\bar{θ}+(1−\\at{average}{μ})θ",
    .sample_formulas =
        {"x ←x+\\at{steps}{\\frac{1}{n}}v_{\\bar{θ}}(x,\\at{time}{t}), "
         "~\\at{time}{t}=0,\\frac{1}{\\at{steps}{n}},…,1",
         "x ←x+\\at{steps}{\\frac{1}{n}}v_{\\bar{θ}}(x,\\at{time}{t},\\at{steps}{\\frac{1}{n}}), "
         "~\\at{time}{t}=0,\\frac{1}{\\at{steps}{n}},…,1"},
    .path_formula =
        "x_t =(1−t)\\at{seed}{x_0}+t\\at{target}{x_1}, "
        "~\\at{seed}{x_0}∼N(0,I), ~\\at{target}{x_1}∼\\at{target}{\\text{data}}",
    .train_label = "Objective",
    .update_label = "Update",
    .sample_label = "Sampling",
    .path_label = "Path",

    .pictures = pictures,
};

}  // namespace

const Strings& english() { return table; }

}  // namespace rivulet::ui
