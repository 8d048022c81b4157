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
        "½ is FGM’s, 1 SiD’s: from one to the other right everywhere. Below, the mean may be "
        "pushed "
        "the wrong way; above, wide students run away",
    .steps = "Many steps of the teacher",
    .fake_rate = "The fake net’s rate",
    .fake_rate_hint = "How fast the net that watches the student follows it",
    .fake_steps = "Its steps",
    .fake_steps_hint = "Steps of the fake net before each one of the student",
    .guidance_hint = "Of the teacher; it then needs two evaluations a step",
    .noise = "Noise",
    .makers = {"Teacher", "Teacher", "Teacher", "Shortcut", "Trained student"},
    .yours = "Your student",
    .evaluations = "{} evaluations",
    .one_evaluation = "1 evaluation",
    .milliseconds = "{} ms a picture",
    .now = "step {}",
    .waiting = "It begins as soon as its teacher is here",
    .stages = "Picture {} as it learned",
    .curve = "L1 (teacher − fake)",
    .first_text =
        {"A one-step student is distilled from the teacher without data: noise in, picture out, "
         "noise on it, and two nets judge it. It begins with the teacher’s own weights, asked for "
         "one step that they never learned. Its picture of a noise need not be the teacher’s: all "
         "of "
         "them together should be.",
         "A one-step student is distilled from the teacher without data: noise in, picture out, "
         "noise on it, and two nets judge it. It begins with the shortcut model’s weights, which "
         "already know one step. Its picture of a noise need not be the teacher’s: all of them "
         "together should be."},
    .loss_text =
        {"The naive loss wants both nets to agree and holds the fake one still: pictures may only "
         "become more alike.",
         "L3 pushes even where the student is right: colours fade in time.",
         "The fake net learns what the student’s pictures look like under noise; where it and the "
         "teacher disagree, the student moves. Faces sharpen within a minute or so. L1 rises while "
         "the "
         "fake net finds out how far the student is, and falls over thousands of steps; the loss "
         "itself says nothing.",
         "With so large a λ students that are too wide, as one that begins often is, run away: "
         "their "
         "pictures become noise and L1 grows. Turn λ back to 1 and they recover."},
    .generator_label = "Student",
    .loss_label = "It descends",
    .fake_label = "Fake net",
};

}  // namespace rivulet::words::english
