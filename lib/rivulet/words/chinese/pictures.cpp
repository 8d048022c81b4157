#include "rivulet/words/chinese/chinese.h"

namespace rivulet::words::chinese {

constinit const Pictures pictures = {
    .lab = "图片",
    .keys = {{{"N", "换一份新噪声"},
              {"← →", "看下一张图，或转动带圈的旋钮"},
              {"1 – 8", "用 1、2、4、……、128 步采样"},
              {"G、S、I", "网格、步数、渐变"},
              {"C", "在同一份噪声上比较所有方法"},
              {"空格", "播放一张图的来路，或播放渐变"},
              {"Tab、Enter", "在控件之间移动，使用控件"},
              {"?", "显示这份帮助；Esc 关闭"}}},
    .help_mouse =
        "选择图片要画什么、最多走几步。点一张图，看它怎样从噪声走来、模型一路上怎样预测，"
        "以及训练集里与它最近的图。所有设置都保存在网页地址里。",
    .sets = {"头像", "Fashion"},
    .methods = {"捷径模型", "流匹配", "专家"},
    .method_hints = {"学会了任意长度的步：一步就够", "学会了每一刻的方向：需要许多小步",
                     "稀疏网络的流匹配：每个图块每层只用几位专家"},
    .compare = "全部对比",
    .new_noise = "新噪声",
    .new_noise_hint = "换一份噪声，就是另一批图（N）",
    .another_noise = "随机种子",
    .picture_back = "上一张图",
    .picture_on = "下一张图",
    .one_back = "上一个种子",
    .one_on = "下一个种子",
    .guidance = "引导强度",
    .guidance_hint = "把所选条件放大多少；1 表示模型学到什么样就什么样",
    .guidance_cut = "{:.4g}（这个模型只学到 {:.4g}）",
    .ends = {"从", "到"},

    .views = {"网格", "步数", "渐变"},
    .batch_caption = "{} 张图，{} ms，{:.0f} GFLOP/s",
    .batch_short = "{} 张，{} ms",
    .picture = "图 {}",
    .steps_title = "同一份噪声，走 1 到 128 步",
    .place = "途中",
    .belief = "模型的预测",
    .play = "播放它从噪声走来的过程",
    .nearest = "{} 张训练图里最近的一张",
    .distance = "相差 {:.1f} %（像素的均方根）",
    .nearest_waiting = "正在找最近的训练图…",
    .save = "保存图片",
    .save_all = "保存网格",
    .morph_noise = "两份噪声",
    .morph_choice = "两种条件",
    .morph_play = "播放渐变",
    .no_change = "在左边的“到”里选点什么，比如发色，同一份噪声就会变成两种图。",

    .method_text = {"捷径模型知道这一步要走多长。它学会了：走一大步，必须和走两小步到达同一处，"
                    "所以一步就能出图。",
                    "流匹配学的是从噪声到数据的平均方向。沿着它走许多小步，就成了图；"
                    "一大步走到底，只会落在所有图的平均上：一团模糊。",
                    "由专家组成的网络做流匹配：参数更多，但每个图块用到的和稠密网络一样少。"
                    "图块归了谁，见“专家混合”里的“图片”。"},
    .view_text = {"每一格最初都是噪声。点一格，看它的来路和最近的训练图。",
                  "一份噪声，每个模型，八种步数。点任意一张，看它的来路。",
                  "两份噪声之间的圆弧上，处处是同样好的噪声：每一份都会变成一张自己的图。",
                  "同一份噪声，由两个速度混合推动，每种条件一个。"},
    .noise_label = "起点",
    .belief_label = "预测",
    .morph_label = "之间",
};

}  // namespace rivulet::words::chinese
