#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const ExpertsBalance experts_balance = {
    .lab = "Balance",
    .keys = {{{"Space", "train or pause"},
              {"S", "one step of training"},
              {"R", "start again"},
              {"1 2 3", "which expert, how many, you are the router"},
              {"C", "the next remedy on the right"},
              {"D", "draw a target with arrow keys and Enter"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "Both networks start from the same numbers and see the same points; only what keeps their "
        "experts busy differs. As the router, drag a token into another expert’s basket.",
    .left = "Remedy on the left",
    .right = "Remedy on the right",
    .remedies = {"None", "Loss", "Sign", "RMS", "Quantile", "Dynamic k"},
    .remedy_hints =
        {"The router alone decides", "A loss that is small when all experts are used alike",
         "Thresholds rise for busy experts and fall for idle ones, by a fixed step",
         "The same, by steps in proportion to how uneven the load is",
         "Thresholds that balance the batch, computed at once: no step size",
         "A threshold alone decides: some tokens use more experts than others, k on average"},
    .experts = "Experts",
    .experts_hint = "How many experts the layer has",
    .chosen = "Chosen",
    .chosen_hint = "How many of them a token uses",
    .router = "Router",
    .routers = {"Softmax", "Sigmoid", "ReLU"},
    .gate = "Gate normalised",
    .gates = {"No", "Over all", "Over chosen"},
    .shared = "A shared expert beside them",
    .rate = "Step of the thresholds",
    .rate_hint = "How far a threshold moves after each batch",
    .loss_weight = "Weight of the loss",
    .loss_weight_hint = "How much balance counts beside what the network learns",
    .hidden = "Units of an expert",
    .hidden_hint = "The size of each expert",
    .views = {"Experts", "Count", "You route"},
    .play_flow = "Let the flow time run",
    .violation_caption = "MaxVio {:.2f}",
    .waiting = "training begins",
    .load_title = "Load",
    .threshold_title = "Thresholds",
    .no_thresholds = "no thresholds here",
    .violation_title = "Imbalance (MaxVio)",
    .error_title = "Error of the velocity",
    .used = "{:.2f} a token",
    .idle = "{} of {} idle",
    .moved = "router moved {:.0f} %",
    .stands = "the router stands still",
    .hand_title = "24 tokens on their way",
    .basket_title = "Their experts",
    .baskets_hint = "Drag a token to another expert",
    .again = "As the router",
    .take_even = "The best even",
    .scores = {"You", "Router", "Best even", "Best of all"},
    .score_loss = "loss {:.4f}",
    .score_violation = "MaxVio {:.2f}",
    .truth = "right velocity",
    .said = "what its experts say",
    .remedy_text =
        {"Nothing keeps the load even. An expert that happens to do well early gets more tokens, "
         "learns faster and gets more still: a few work, the others idle.",
         "A second loss pulls the mean gates towards the experts that are used too little. It "
         "works, but it also pulls on what the network is there to learn.",
         "No loss: a threshold of each expert rises by a fixed step when it is too busy. Its step "
         "must fit the scores, and it takes hundreds of batches.",
         "Steps as large as the imbalance: quicker than the sign, and calmer once it is balanced.",
         "Balance is a linear program, and its dual variables are quantiles of the scores. One "
         "iteration a batch, no step size: balanced within a few steps.",
         "The threshold is a quantile of each expert’s own scores, and decides alone: some tokens "
         "open more experts than others, k on average."},
    .view_seen =
        {"Each place has the colour of the expert that weighs most there, at the flow time t; the "
         "points are on their way from noise. Bars: the load; line: an even share.",
         "The stronger the colour, the more experts. Dynamic k saves them for where they pay: few "
         "early on, when all is noise, more as the shape appears. Let t run.",
         "The experts are as they were trained, and you choose. Rings are an even share. The best "
         "of all overfills some experts; the best even one is what balance can reach."},
    .renormalised_text =
        "With k = 1 a gate that is normalised over the chosen is always 1: what the network learns "
        "sends the router no gradient, and it stays as it began. Only a loss of balance moves it.",
    .layer_label = "Layer",
    .choice_label = "Choice",
    .remedy_label = "Remedy",
    .violation_label = "Balance",
};

}  // namespace rivulet::words::english
