#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const ExpertsPictures experts_pictures = {
    .lab = "Pictures",
    .keys = {{{"N", "roll new noise"},
              {"1 – 9", "silence an expert, or let it speak again"},
              {"A", "let all experts speak"},
              {"L", "the next layer"},
              {"← →", "one step back or on, or turn the dial that has the ring"},
              {"E", "show or hide the experts’ colours"},
              {"Space", "play the way from noise"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Each colour is an expert: the patches that it works on are painted with it, in parts as "
        "large as its gates. Press a colour to silence that expert and see what becomes of the "
        "picture; press a layer or a moment to look there; point at a patch to read its gates.",
    .painted = "Show the experts’ colours",
    .reach = {"In this layer", "In all layers"},
    .routed_title = "Layer {}: who takes which patch",
    .whole = "All speak",
    .without = "Some silent",
    .difference = "Difference ×{}",
    .invitation = "Press a colour below: what can that expert do?",
    .all_speak = "Let all speak",
    .expert = "Expert {}",
    .silent = "silent",
    .silence_hint = "Silence this expert, or let it speak again",
    .patch = "{} {:.0f} %",
    .layers_title = "All layers at this moment",
    .layer = "Layer {}",
    .load_title = "Load of layer {} on the way from noise",
    .load_axis = "time t",
    .fair = "fair",
    .preferred_title = "What each expert of layer {} takes most",
    .preferred_note = "patches of real pictures, noised to t = {:.2f}",
    .preferred_waiting = "Looking at real pictures…",
    .step_caption = "{:.0f} ms a step",
    .play = "Play the way from noise",
    .seen = {"Every patch goes to the experts that its router scores highest, anew at every step "
             "and in every layer. Nobody told them what to be good at.",
             "The same noise with some experts silent: patches that chose them do without. What "
             "changes is what these experts do."},
    .said =
        "A sparse model: in each of {} layers {} experts stand ready, and a patch uses {} of "
        "them. Of {:.1f} million numbers {:.1f} million work on any one patch.",
    .said_shared = "{} of them are shared by all patches.",
    .layer_label = "Layer",
    .router_label = "Router",
    .load_label = "Load",
};

}  // namespace rivulet::words::english
