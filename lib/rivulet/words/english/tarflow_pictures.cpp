#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const TarflowPictures tarflow_pictures = {
    .lab = "Pictures",
    .keys = {{{"N", "new noise, or another held-out picture"},
              {"Space", "sample once more, for the eye"},
              {"1, 2, 3", "token by token, Jacobi, groups of tokens"},
              {"D", "with and without denoising"},
              {"← →", "the next picture, or turn the dial that has the ring"},
              {"S, I, L", "sample, invert, likelihood"},
              {"Tab, Enter", "move between controls, use one"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Watch pictures being solved out of noise, block by block. Choose how a block is solved, "
        "slow it down, guide it. Invert any picture to its noise, brush over that, and come back. "
        "Drop a PNG of yours to see how likely the model finds it. Every setting is in the address "
        "of the page.",
    .views = {"Sample", "Invert", "Likelihood"},
    .taglines = {"Noise, solved token by token into pictures",
                 "A picture is a noise: change it and come back", "How surprised is the model?"},

    .new_noise = "New noise",
    .new_noise_hint = "Other noise, other pictures (N)",
    .new_noise_short = "New",
    .again = "Again",
    .again_hint = "Sample the same once more, for the eye (Space)",
    .again_short = "Again",
    .another = "Another picture",
    .another_hint = "One of 64 pictures that the model has never seen (N)",
    .sampler = "Sampler",
    .samplers = {"Token by token", "Jacobi", "Groups"},
    .samplers_short = {"Tokens", "Jacobi", "Groups"},
    .pace = "Slow motion",
    .pace_hint = "How long the whole is spread over, so that it can be watched",
    .pace_value = "about {} s",
    .pace_none = "as fast as it goes",
    .temperature = "Temperature",
    .temperature_hint = "Of the noise: less is tamer, more is wilder",
    .guidance = "Guidance",
    .guidance_hint =
        "How much to prefer what tells the labelled opinion from the other one; 1 leaves the model "
        "as it learned",
    .guidance_none = "none",
    .guidance_idle = "{:.4g}, but nothing is chosen",
    .denoise = "Denoise by the score",
    .snap = "Snap to the set’s colours",
    .form = "Form of guidance",
    .forms = {"Extrapolate", "Bounded"},
    .ramp = "Guidance grows along the tokens",
    .without_labels = "The other opinion knows no labels",
    .attention = "Its attention",
    .attention_hint =
        "Temperature of the other opinion’s attention: guidance works without labels as well",
    .group = "Group",
    .group_hint = "Tokens that are solved together, one group after the other",
    .group_value = "{} tokens",
    .first_in_order = "First block token by token",
    .tolerance = "Tolerance",
    .tolerance_hint = "A group is solved when no number moves by more",
    .alpha = "Largest alpha",
    .alpha_hint = "Scales beyond this are cut, and the cuts are counted",
    .blend = "Towards the other",
    .blend_hint = "From this picture’s noise to the other’s, along the arc between them",
    .grain = "Fresh noise",
    .grain_hint = "How much of the noise is thrown anew",
    .undo_edits = "Undo all changes",
    .show_back = "On the way back, show",
    .bits = "In bits, by a model of bytes",
    .held_out = "Held-out pictures",
    .held_out_note = "never seen by the model",
    .ends = {"From", "To"},
    .draw = "Draw",
    .draw_hint = "Change this picture, pixel by pixel",
    .open = "Open…",
    .open_hint = "A PNG of yours; you can also drop one here",

    .grid_caption = "{} pictures",
    .denoising_caption = "denoising, {} of {}",
    .blocks_title = "From noise to pictures",
    .block = "Block {}",
    .block_waits = "waits",
    .block_tokens = "{} of {} tokens",
    .block_sweep = "sweep {}",
    .block_sweeps = "{} sweeps",
    .block_runs = "{} runs",
    .totals = "{} runs, {} ms",
    .cut_none = "no scale was cut",
    .cut = "{} scales cut at {:.3g}",
    .costs_title = "At full speed",
    .cost = "{} ms, {} runs",
    .cost_unknown = "not tried yet",
    .legend_waits = "waits",
    .legend_moves = "moves",
    .legend_settled = "solved",
    .picture = "Picture {}",
    .picture_back = "The picture before",
    .picture_on = "The next picture",
    .sampled = "sampled",
    .score = "score, ×4",
    .denoised = "denoised",
    .invert_it = "Invert it",
    .invert_hint = "Take this picture to its noise and change that",
    .save = "Save",
    .save_all = "Save the grid",

    .source = "The picture",
    .noise = "Its noise",
    .back = "Back from the noise",
    .difference = "What has changed",
    .brush = "Brush here to silence tokens",
    .brush_short = "Brush tokens",
    .silenced = "{} silenced",
    .brush_clear = "Clear",
    .round_trip = "there and back: error {:.0e}",
    .changed = "{:.1f} % changed",
    .back_cost = "{} runs, {} ms",
    .on_its_way = "on its way…",
    .sampling_first = "the samples come first…",

    .histogram = "{} held-out pictures, and yours",
    .histogram_under_way = "{} of {} held-out pictures",
    .units = {"nats/dim", "bits/dim"},
    .scored = "{:.3f} {}: {}",
    .axis = "{}; to the left the model is less surprised",
    .floor = "of the noise alone",
    .disguises = {"as it is", "upside down", "colours inverted", "pixels shuffled",
                  "its mean colour", "pure noise"},
    .rank_more = "more likely than {:.0f} % of the held-out pictures",
    .rank_beyond = "less likely than every held-out picture",
    .rank_above = "more likely than every held-out picture",
    .your_picture = "the picture",
    .back_short = "back",

    .method_text = {"A picture comes out of noise by solving one small equation a token, where "
                    "each needs all tokens before it: one run of the network for each token of "
                    "each block, like reading a book.",
                    "All tokens are guessed at once, and all guesses improved at once, until "
                    "nothing moves. The pictures are the same; how many sweeps that takes depends "
                    "on how much a token cares for its neighbours.",
                    "Groups of tokens one after the other, each by sweeps over the group alone: "
                    "between the two others."},
    .sample_seen =
        "Blue tokens are solved, orange ones still move. The model learned pictures with a little "
        "noise, so one step along its own score takes the noise away.",
    .guidance_seen =
        "Two opinions are asked at every token, and what tells them apart is exaggerated.",
    .latent_text =
        "Every block can be undone exactly, so every picture is one noise, and every noise one "
        "picture.",
    .latent_seen =
        "Brush over the noise, blend it with another picture’s, throw part of it anew, or choose "
        "on the left what the way back should show.",
    .likelihood_text =
        "A flow says exactly how likely a picture is: how usual its noise is, and how much each "
        "block stretched it. Grey are pictures that the model has never seen.",
    .disguise_text = {"Draw or drop a picture of yours and see where it falls.",
                      "Upside down nothing is where the model expects it.",
                      "A negative has the same edges, but colours where they do not belong.",
                      "The same colours in random places: no structure is left to predict.",
                      "A flat picture is none of the set, yet the model may be hardly surprised: "
                      "each pixel follows from the one before. Likelihood is not likeness.",
                      "Noise as such is what the model finds least likely of all."},
    .noise_label = "Start",
    .way_label = "Back",
    .denoise_label = "Denoise",
    .guidance_label = "Guide",
    .forth_label = "Forth",
    .edit_label = "Change",
    .density_label = "Density",
    .bits_label = "Bytes",
    .within_label = "Within",
    .tone_label = "Tone",
};

}  // namespace rivulet::words::english
