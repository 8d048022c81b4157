#include "rivulet/words/english/english.h"

namespace rivulet::words::english {

constinit const DistillPictures distill_pictures = {
    .lab = "Pictures",
    .keys = {{{"Space", "let the student learn, or pause"},
              {"S", "one step of the student"},
              {"R", "begin again"},
              {"N", "other noise, other pictures"},
              {"B", "begin as the teacher, or as the shortcut model"},
              {"← →", "the stages of another picture"},
              {"Tab, Enter", "move between controls, use one"},
              {"?", "this help; Esc closes it"}}},
    .help_mouse =
        "All rows begin from the same noise, and labels that you leave open are drawn, alike for "
        "all. The last one is a student that learns in this page, "
        "without a single training picture. Turn λ while it learns. Click a picture to see it at "
        "every stage of the learning.",
    .first = "The student begins as",
    .firsts = {"Teacher", "Shortcut"},
    .loss = "What it descends",
    .losses = {"Naive L1", "L3", "Lλ"},
    .weight = "Mix",
    .weight_hint =
        "0 is SiD’s first, 1/2 FGM’s; from 0 to 1 right everywhere; beyond, wide students "
        "run away",
    .steps = "Many steps of the teacher",
    .fake_rate = "The fake net’s rate",
    .fake_rate_hint = "How fast the net that watches the student follows it",
    .fake_steps = "Its steps",
    .fake_steps_hint = "Steps of the fake net before each one of the student",
    .guidance_hint = "Of the teacher; it then needs two evaluations a step",
    .noise = "Noise",
    .makers = {"Teacher", "Teacher", "Teacher", "Shortcut", "Student that ships"},
    .yours = "Your student",
    .evaluations = "{} evaluations",
    .one_evaluation = "1 evaluation",
    .milliseconds = "{} ms a picture",
    .now = "step {}",
    .waiting = "It begins as soon as its teacher is here",
    .stages = "Picture {} as it learned",
    .curve = "L1: teacher against fake net",
    .first_text =
        {"A one-step student is distilled from the teacher without data: noise in, picture out, "
         "noise on it, and two nets judge it. It begins with the teacher’s own weights, asked for "
         "one step that they never learned, and sharpens within a minute or so.",
         "A one-step student is distilled from the teacher without data: noise in, picture out, "
         "noise on it, and two nets judge it. It begins with the shortcut model’s weights, which "
         "already know one step."},
    .loss_text =
        {"The naive loss wants both nets to agree and holds the fake one still: pictures may only "
         "become more alike.",
         "L3 pushes even where the student is right: colours fade in time.",
         "The fake net learns what the student’s pictures look like under noise; where it and the "
         "teacher disagree, the student moves. L1 rises while the fake net finds out how far it "
         "is, "
         "and then falls. The loss itself is near 0 at λ = 1 whatever happens."},
    .generator_label = "Student",
    .loss_label = "It descends",
    .fake_label = "Fake net",
};

}  // namespace rivulet::words::english
