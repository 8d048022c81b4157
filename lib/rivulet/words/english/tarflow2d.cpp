#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const Tarflow2d tarflow2d = {
    .lab = "2-D",
    .keys = {{{"Space", "play or pause training"},
              {"S", "take one training step"},
              {"R", "restart from a fresh flow"},
              {"P", "switch the permutation between blocks"},
              {"B", "run through the blocks, or stop"},
              {"0 – 9", "show the points after so many blocks"},
              {"D", "draw your own target"},
              {"Shift + arrows", "move the held point of the picture that has the ring"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Drag the point in either picture: on the left you move the data and its noise follows, on "
        "the right you move the noise and its data follows. Hover over the left picture for the "
        "exact log-likelihood there. The slider below the right picture walks through the blocks.",
    .coupling = "Coupling",
    .couplings = {"Affine", "Additive"},
    .coupling_hints = {"Shift and scale: z = (x − μ) exp(−α)",
                       "Shift only, as NICE (Dinh et al. 2014): areas never change"},
    .permute = "Permutation between blocks",
    .blocks = "Blocks",
    .blocks_hint = "Coupling blocks in a row. Starts a fresh flow",
    .direction = "Who steers a block",
    .directions = {"The data", "The noise"},
    .direction_hints = {"Train fast, sample token by token (TarFlow)",
                        "Train token by token, sample fast. Of two tokens both cost the same"},
    .width_hint = "Channels of a token. Starts a fresh flow",
    .depth_hint = "Transformer layers of a block. Starts a fresh flow",
    .views = {"Density", "Samples"},
    .mass = "{:.3f} of all mass",
    .data_title = "Data",
    .log_q = "log q({:.2f}, {:.2f}) = {:.2f}",
    .marginal = "q(x₁)",
    .conditional = "q(x₂ | x₁)",
    .before_blocks = "Before the blocks: data",
    .among_blocks = "After {:.1f} of {} blocks",
    .after_blocks = "After all blocks: noise",
    .noise_at = "z = ({:.2f}, {:.2f})",
    .play_blocks = "Walk through the blocks",
    .rule = "Next block’s rule",
    .nll_title = "Negative log-likelihood, nats a point",
    .entropy = "entropy of the target",
    .batches = "batches",
    .unseen = "unseen",
    .affine_text =
        "Each block keeps one coordinate and moves the other by a rule that looks at the kept one "
        "only. So it can be undone exactly, and all blocks together bend the data into a Gaussian.",
    .additive_text =
        "Without the scale a block may only shift: no area ever grows or shrinks. The flow cannot "
        "press a Gaussian into thin shapes, and its likelihood stays far from the entropy.",
    .fixed_text =
        "Without the permutation every block keeps the same coordinate: x₁ is never changed, so "
        "whatever distribution it has in the data it still has in the “noise”.",
    .view_text = {"Colour is the exact density, by the change of variables. The curves at the "
                  "edges are its two conditionals: q(x₁), and q(x₂) given the held point’s x₁.",
                  "Grey is data. Colour is noise that went back through all blocks."},
    .rule_seen =
        "Right: the grid is even in the noise. The band is the next block’s rule: every point is "
        "measured from the middle line, in units of the band’s half width.",
    .reversed_seen =
        "The noise side steers now. With two tokens the kept coordinate is the same on both sides, "
        "so both directions are one family; with more tokens training takes one pass per token.",
    .block_label = "Block",
    .back_label = "Back",
    .density_label = "Density",
    .loss_label = "Objective",
};

}  // namespace rivulet::words::english
