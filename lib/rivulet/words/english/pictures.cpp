#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const Pictures pictures = {
    .lab = "Pictures",
    .keys = {{{"N", "roll new noise"},
              {"← →", "look at the next picture, or turn the dial that has the ring"},
              {"1 – 8", "sample in 1, 2, 4, … 128 steps"},
              {"G, S, I", "the grid, the steps, the morph"},
              {"C", "compare all methods on the same noise"},
              {"Space", "play the way of a picture, or the morph"},
              {"Tab, Enter", "move between controls, use one"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Choose what the pictures should show, and how many steps they may take. Click a picture "
        "to see its way from noise, what the model believed meanwhile, and the training picture "
        "nearest to it. Every setting is kept in the address of the page.",
    .sets = {"Avatars", "Fashion"},
    .methods = {"Shortcut", "Flow matching", "Experts", "Distilled"},
    .method_hints = {"Learned to take steps of every length: one is enough",
                     "Learned the direction at every moment: needs many small steps",
                     "Flow matching by a sparse network: each patch uses a few experts a layer",
                     "Learned from flow matching, without data, to make its picture in one step"},
    .compare = "Compare all",
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
    .guidance_settled = "{:.4g} (but not for students)",
    .ends = {"From", "To"},

    .views = {"Grid", "Steps", "Morph"},
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
    .morph_noise = "Two noises",
    .morph_choice = "Two choices",
    .morph_play = "Play the morph",
    .no_change =
        "Choose something under “To” on the left, hair colour say, and the same noise becomes "
        "both.",

    .method_text =
        {"A shortcut model is told how long its step will be. It has learned that one long step "
         "must end where two short ones end, so a single step already makes a picture.",
         "Flow matching learned the average direction from noise to data. Many small steps along "
         "it make a picture; one big step lands on the average of all pictures: a blur.",
         "Flow matching by a network of experts: it has more numbers, but each patch uses as few "
         "of "
         "them as in the dense network. Where patches go is the lab “Experts, Pictures”.",
         "A student learned from flow matching without seeing one picture: its teacher and a "
         "second network, which watches the student, say where it should move. It knows one step "
         "and no other. How it learns is the lab “Distillation, Pictures”."},
    .view_text =
        {"Every square began as noise. Click one to see its way and its nearest training picture.",
         "One noise, every model, eight numbers of steps; a student takes one. Click any of them "
         "to "
         "see its way.",
         "Between two noises lie noises as good as these, on the arc that joins them: each becomes "
         "a picture of its own.",
         "The same noise, carried by a blend of two velocities: one for each choice."},
    .noise_label = "Start",
    .belief_label = "Belief",
    .morph_label = "Between",
};

}  // namespace rivulet::words::english
