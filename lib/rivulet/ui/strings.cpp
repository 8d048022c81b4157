#include "rivulet/ui/strings.h"

#include "rivulet/ui/english/tarflow2d.h"
#include "rivulet/ui/strings_tarflow_pictures.h"

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

constexpr DdcmStrings ddcm = {
    .lab = "DDCM",
    .keys = {{{"N", "another face"},
              {"U", "a random UUID: see its face"},
              {"← →", "turn the dial that has the ring; else one step back or on"},
              {"D", "draw a face of your own"},
              {"C, R, A", "code, restore, argmax or sample?"},
              {"Space", "play how the picture comes out of the noise"},
              {"Tab, Enter", "move between controls, use one"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Pick, draw or drop a picture: it becomes a code of as many bytes as you allow, and what "
        "you see beside it is made from these bytes alone. Paste any UUID, or a code that a friend "
        "sent you, and see its picture. Every setting is kept in the address of the page.",
    .views = {"Code", "Restore", "Argmax or sample?"},
    .views_short = {"Code", "Restore", "In 2-D"},
    .taglines = {"A face in 16 bytes: every face is a UUID, every UUID a face",
                 "The model fills in what is lost",
                 "Which noise may a step choose, and stay diffusion?"},

    .another_face = "Another face",
    .another_face_hint = "One of 64 pictures that the model has never seen (N)",
    .another_short = "Face",
    .uuid_short = "UUID",
    .again_short = "Again",
    .any_uuid = "Random UUID",
    .any_uuid_hint = "Sixteen random bytes, and the face that they are (U)",
    .draw = "Draw",
    .draw_hint = "Change this picture, pixel by pixel (D)",
    .open = "Open…",
    .open_hint = "A PNG of yours, or a .ddcm; you can also drop one here",
    .type_code = "Type or paste a UUID or a code",
    .samples = "Faces",
    .samples_note = "never seen by the model",

    .bytes = "Bytes",
    .bytes_hint = "How long the code may be: more bytes, more steps, a truer picture",
    .bytes_value = "{} bytes",
    .uuid_value = "16 bytes: a UUID",
    .effort = "Effort",
    .effort_hint =
        "The encoder tries several codes at once and keeps the best; who reads the code has no "
        "more to do",
    .efforts = {"greedy", "4 codes at once", "8 codes at once", "16 codes at once"},
    .more = "More settings",
    .less = "Fewer settings",
    .bits = "Bits a step",
    .bits_hint = "The noise of a step is picked among 2 to the power of this many vectors",
    .rho = "Schedule",
    .rho_hint = "1: equal steps; more: shorter steps where little noise is left",
    .noise = "Noise",
    .noise_hint = "How much of its noise a step adds; 1 is what DDPM does",
    .form = "Form",
    .forms = {"Single", "Pursuit", "Turbo"},
    .atoms = "Vectors a step",
    .atoms_hint = "How many vectors a step mixes",
    .coefficient = "Bits of a share",
    .coefficient_hint = "How finely the share of each vector in the mixture is told",
    .tail = "Steps without code",
    .tail_hint = "After the coded steps: they cost time, but no bytes",
    .codebook = "Codebook",
    .codebooks = {"Per step", "Shared", "Hadamard"},
    .codebook_hints = {"Fresh vectors for every step", "The same vectors for all steps",
                       "Vectors with structure: searched faster"},
    .choice = "Choice",
    .choices = {"Argmax", "Distance", "Article", "Importance"},
    .choice_hints = {"The largest inner product", "The vector nearest to what is wanted",
                     "Drawn with the weights of the article",
                     "Drawn so that with many vectors plain DDPM comes back"},
    .snap = "Snap to the set’s colours",
    .seed = "Codebook number",
    .usual = "The usual settings",
    .labels = "Tell the model",
    .any = "any",

    .source = "The picture",
    .place = "On its way",
    .belief = "From {} bytes",
    .restored = "Restored",
    .residual = "What is missing",
    .nothing_left = "nothing: equal to the last bit",
    .play = "Play how it comes out of the noise",
    .searching = "Trying codes, {:.0f} %",
    .done = "Done",
    .undo = "Undo",
    .fill = "Fill",
    .fill_hint = "The whole picture in this colour",
    .save_picture = "Save picture",

    .uuid_title = "Every UUID is a face. This one’s UUID:",
    .code_title = "Its code: {} bytes, and {} that say how to read it",
    .code_waiting = "Its code",
    .copy_code = "Copy code",
    .copied_code = "Copied: whoever pastes this text here sees the picture",
    .paste_code = "Paste code",
    .copy_link = "Copy link",
    .copied_link = "Copied: the link shows the picture that this code makes",
    .save_code = "Save .ddcm",
    .change_byte = "Click: another byte here, another face",
    .uuid_taken = "This UUID’s face",
    .code_taken = "This code’s picture",
    .no_code = "There is no code yet",
    .not_a_code = "This is neither a UUID nor the text of a .ddcm",
    .saved_nowhere = "There is no way to save files here",
    .no_files = "There is no way to open files here: drop one instead",

    .strip = "What was chosen, step by step",
    .strip_step = "Step {} of {}: vector {} of {}",
    .strip_score = "{:.1f} standard deviations from the mean",
    .strip_read = "A reader chooses nothing: the code names the vector.",
    .strip_tail = "Step {} of {}: no choice, the model ends alone",
    .costs = "Bytes for this picture",
    .this_code = "this code",
    .palette_bytes = "palette + deflate",
    .png_bytes = "PNG",
    .raw_bytes = "raw pixels",
    .psnr = "PSNR {:.1f} dB",
    .psnr_same = "equal to the last bit",
    .took = "coded in {} ms, {:.0f} % of it in the network",

    .tasks = {"Fill holes", "2×", "4×", "Denoise", "Colour"},
    .task_hints = {"Brush over what is lost", "Each square of 2 × 2 pixels is one",
                   "Each square of 4 × 4 pixels is one", "Grain was added",
                   "Only the light is left"},
    .seen = "What is left",
    .brush = "Brush here: what you paint is lost",
    .brush_short = "Brush here",
    .brush_clear = "Clear",
    .grain = "Grain",
    .grain_hint = "How much noise the picture has",
    .strength = "Pull",
    .strength_hint = "Among 2 to the power of this many vectors the best is taken",
    .strength_value = "best of {}",
    .again = "Another guess",
    .again_hint = "Other vectors, another picture that fits as well",

    .planes = {"Random", "Argmax", "Distance", "Article", "Importance"},
    .plane_hints = {"No goal: any vector", "The largest inner product",
                    "The vector nearest to what is wanted", "Drawn with the weights of the article",
                    "Drawn with the weights that give DDPM back"},
    .size = "Vectors a step",
    .size_hint = "How many noise vectors each step can choose from",
    .steps = "Steps",
    .steps_hint = "From noise to data",
    .ddpm = "DDPM: fresh noise at each step",
    .distance = "{:.2f} off course",
    .curves = "How far off course",
    .curves_axis = "vectors a step",
    .ddpm_level = "DDPM",

    .loading = "Loading the model, {:.0f} %",
    .starting = "Loading the model…",
    .load_failed = "The model could not be loaded",
    .retry = "Try again",
    .unavailable = "there are no files here",

    .code_text =
        "A diffusion model makes pictures by adding a little noise at every step. Here that noise "
        "is picked from a numbered list, always the vector that leads closest to your picture. The "
        "numbers are the code: whoever has the model replays them and sees the picture.",
    .form_text =
        {"One vector a step: the code is a row of numbers, coarse things first, details "
         "last.",
         "Several vectors a step, mixed in shares that are told as well: more bits a step, "
         "fewer steps.",
         "The vectors of largest product with their signs: few steps, much told at each."},
    .read_text =
        "Nothing is chosen when a code is read: each number names its noise, and the steps lead to "
        "the picture. Any UUID at all leads to some face.",
    .read_seen =
        "Click two digits of the UUID: early ones change the whole face, late ones a "
        "detail.",
    .restore_text =
        "The same machine with another pull: at every step the noise is picked that agrees best "
        "with what is left of the picture. The model makes up the rest.",
    .task_text = {"The model never sees what lies under the brush, and paints something that fits.",
                  "Every 2 × 2 pixels became one. Many pictures fit; this is one of them.",
                  "Every 4 × 4 pixels became one. Many pictures fit; this is one of them.",
                  "Once the steps are finer than the grain, the grain says nothing, and the model "
                  "goes on alone.",
                  "Only the light is known: hair and skin get colours that the model holds "
                  "likely."},
    .plane_text =
        {"Any vector, each as likely as another: random generation. With few vectors the steps are "
         "few and coarse; with many it is DDPM itself.",
         "Always the largest product. With more vectors to choose from, longer and longer ones "
         "win: "
         "the way leaves the one that diffusion would take, and more vectors make it worse.",
         "The nearest vector to what is wanted: no chance is left, so there is too little noise on "
         "the way.",
         "Drawn with weights that fall with the distance. Long vectors are rare twice over, so the "
         "noise is too small, however many vectors there are.",
         "Drawn with weights over the density that the vectors come from: with more and more "
         "vectors this is DDPM, to the last detail."},
    .plane_seen =
        "Off course: the distance (sliced Wasserstein) to where diffusion has the data at "
        "that time, mean over all times. Grey is the data.",
    .step_formula =
        "x_{t−1} =μ_t(x_t,\\hat{x}_0) +\\at{noise}{σ_t}\\at{chosen}{ε_{k_t}}, "
        "~\\hat{x}_0=\\E[x_0|x_t,\\at{labels}{c}]",
    .plane_formula =
        "x_{t−1} =μ_t(x_t,\\hat{x}_0) +σ_t\\at{chosen}{ε_{k_t}}, ~\\hat{x}_0=\\E[x_0|x_t], "
        "~ε_1,…,ε_{\\at{size}{K}}∼N(0,I)",
    .choice_formulas =
        {"\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩",
         "\\at{chosen}{k_t} =\\text{argmin}_k~∥ε_k−c_t(\\at{source}{x_0}−\\hat{x}_0)∥",
         "\\at{chosen}{k_t} ∼\\text{exp}(−\\frac{1}{2}∥ε_k−c_t(\\at{source}{x_0}−\\hat{x}_0)∥^2)",
         "\\at{chosen}{k_t} ∼\\text{exp}(c_t⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩)"},
    .form_formulas =
        {"\\at{chosen}{k_t^1},…,\\at{chosen}{k_t^{\\at{atoms}{M}}} =\\text{the~largest}~"
         "⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩, ~z←\\text{norm}(√g⋅z+√(1−g)⋅ε_k)",
         "\\at{chosen}{k_t^1},…,\\at{chosen}{k_t^{\\at{atoms}{M}}} =\\text{the~largest}~"
         "|⟨ε_k,\\at{source}{x_0}−\\hat{x}_0⟩|, ~\\text{with~their~signs}"},
    .bits_formulas =
        {"\\at{bytes}{\\text{bits}} =\\at{bytes}{S}⋅\\text{log}_2\\at{bits}{K}, "
         "~ε_1,…,ε_{\\at{bits}{K}}∼N(0,I)~\\text{from~a~seed}",
         "\\at{bytes}{\\text{bits}} =\\at{bytes}{S}⋅(\\at{atoms}{M}\\text{log}_2\\at{bits}{K}"
         "+(\\at{atoms}{M}−1)\\at{coefficient}{C}), "
         "~ε_1,…,ε_{\\at{bits}{K}}∼N(0,I)~\\text{from~a~seed}",
         "\\at{bytes}{\\text{bits}} =\\at{bytes}{S}⋅(\\text{log}_2\\text{binom}(\\at{bits}{K},"
         "\\at{atoms}{M})+\\at{atoms}{M}), ~ε_1,…,ε_{\\at{bits}{K}}∼N(0,I)~\\text{from~a~seed}"},
    .pull_formulas =
        {"\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,\\at{mask}{m}⋅(\\at{source}{y}−\\hat{x}_0)⟩",
         "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,A^T(\\at{source}{y}−A\\hat{x}_0)⟩, "
         "~A=\\text{means~of~squares}",
         "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,\\at{source}{y}−\\hat{x}_0⟩, "
         "~\\text{while~the~noise~of}~x_t~\\text{is~coarser~than}~\\at{grain}{g}",
         "\\at{chosen}{k_t} =\\text{argmax}_k~⟨ε_k,A^T(\\at{source}{y}−A\\hat{x}_0)⟩, "
         "~A=\\text{luminance}"},
    .read_formula = "\\at{chosen}{k_t} =\\text{the~number~in~the~code}",
    .random_formula = "\\at{chosen}{k_t} ∼\\text{uniform}(1,…,\\at{size}{K})",
    .step_label = "Step",
    .choice_label = "Choice",
    .bits_label = "Length",
    .pull_label = "Choice",
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
    .ddcm = ddcm,
    .tarflow2d = english_words::tarflow2d,
    .tarflow_pictures = &english_tarflow_pictures,
};

}  // namespace

const Strings& english() { return table; }

}  // namespace rivulet::ui
