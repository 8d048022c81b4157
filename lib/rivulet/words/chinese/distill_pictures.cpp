#include "rivulet/words/chinese/chinese.h"

namespace rivulet::words::chinese {

constinit const DistillPictures distill_pictures = {
    .lab = "图片",
    .keys = {{{"空格", "学生开始学，或暂停"},
              {"S", "学生走一步"},
              {"R", "重新开始"},
              {"N", "换一份噪声，就是另一批图"},
              {"B", "从老师开始，或从捷径模型开始"},
              {"← →", "看另一张图各步的样子"},
              {"Tab、Enter", "在控件之间移动，使用控件"},
              {"?", "显示这份帮助；Esc 关闭"}}},
    .help_mouse =
        "每一行都从同一份噪声开始，不限的随机选，各行一样。最后一行的学生就在这个网页里学，不看一张"
        "训练图。它学的时候可以转"
        "动 "
        "λ。点一张图，看它在各步的样子。",
    .first = "学生从谁开始",
    .firsts = {"老师", "捷径模型"},
    .loss = "它要减小什么",
    .losses = {"直接 L1", "L3", "Lλ"},
    .weight = "混合",
    .weight_hint = "0 到 1 处处正确；再大，太宽的学生会跑掉",
    .steps = "老师的许多步",
    .fake_rate = "假网络的学习率",
    .fake_rate_hint = "这个网络跟得有多快",
    .fake_steps = "它的步数",
    .fake_steps_hint = "学生每走一步之前，假网络走几步",
    .guidance_hint = "老师的引导；这时每步要算两次",
    .noise = "噪声",
    .makers = {"老师", "老师", "老师", "捷径模型", "自带的学生"},
    .yours = "你的学生",
    .evaluations = "算 {} 次",
    .one_evaluation = "算 1 次",
    .milliseconds = "每张 {} ms",
    .now = "第 {} 步",
    .waiting = "老师一到就开始",
    .stages = "图 {} 各步的样子",
    .curve = "L1：老师与假网络的距离",
    .first_text =
        {"一步的学生从老师那里学，不看数据：噪声进，图片出，再加上噪声，由两个网络来看。它从"
         "老师自己的参数开始，只是要它走没有学过的一大步；不久就会变清楚。",
         "一步的学生从老师那里学，不看数据：噪声进，图片出，再加上噪声，由两个网络来看。它从"
         "捷径模型的参数开始，那已经会走一步。"},
    .loss_text = {"直接的损失只要两个网络一样，假网络却不动：图只会越来越像。",
                  "L3 在学生正确的地方也推它：颜色会慢慢变淡。",
                  "假网络学的是学生的图加上噪声的样子；它和老师不一样的地方，学生就动。假网络看出差"
                  "多远之前，L1 "
                  "会变大，然后变小。λ = 1 时损失自己总在 0 附近。"},
    .generator_label = "学生",
    .loss_label = "减小",
    .fake_label = "假网络",
};

}  // namespace rivulet::words::chinese
