#include "rivulet/words/chinese/chinese.h"

namespace rivulet::words::chinese {

constinit const Tarflow2d tarflow2d = {
    .lab = "二维",
    .keys = {{{"空格", "训练或暂停"},
              {"S", "训练一步"},
              {"R", "换一个新的流，从头开始"},
              {"P", "打开或关闭块之间的置换"},
              {"B", "逐块播放，或停下"},
              {"0 – 9", "看经过这么多块之后的点"},
              {"D", "画一个自己的目标"},
              {"Shift + 方向键", "移动带圈的图里抓住的点"},
              {"?", "显示这份帮助；Esc 关闭"}}},
    .help_mouse =
        "在任意一幅图里拖动那个点：在左边，你移动数据，噪声跟着走；在右边，你移动噪声，"
        "数据跟着走。鼠标停在左图上，可以看到那里精确的对数似然。右图下面的滑块逐块前进。",
    .coupling = "耦合",
    .couplings = {"仿射", "加性"},
    .coupling_hints = {"平移加缩放：z = (x − μ) exp(−α)",
                       "只平移，即 NICE（Dinh 等，2014）：面积永远不变"},
    .permute = "块之间置换坐标",
    .blocks = "块数",
    .blocks_hint = "一个接一个的耦合块。改动后换新的流",
    .direction = "每块由谁决定",
    .directions = {"数据", "噪声"},
    .direction_hints = {"训练快，采样逐个 token（TarFlow）",
                        "训练逐个 token，采样快。只有两个 token 时两者一样"},
    .width_hint = "每个 token 的通道数。改动后换新的流",
    .depth_hint = "每块里 Transformer 的层数。改动后换新的流",
    .views = {"密度", "样本"},
    .mass = "占全部概率的 {:.3f}",
    .data_title = "数据",
    .log_q = "log q({:.2f}, {:.2f}) = {:.2f}",
    .marginal = "q(x₁)",
    .conditional = "q(x₂ | x₁)",
    .before_blocks = "进入块之前：数据",
    .among_blocks = "经过 {:.1f} 块，共 {} 块",
    .after_blocks = "经过所有块：噪声",
    .noise_at = "z = ({:.2f}, {:.2f})",
    .play_blocks = "逐块播放",
    .rule = "下一块的规则",
    .nll_title = "负对数似然，奈特/点",
    .entropy = "目标分布的熵",
    .batches = "训练批",
    .unseen = "未见过",
    .affine_text =
        "每一块保留一个坐标，另一个坐标怎么动，只看保留的那个。所以每一块都能精确地逆回来，"
        "所有块合起来，把数据弯成一个高斯分布。",
    .additive_text =
        "没有缩放，每块就只能平移：面积既不放大也不缩小。流没法把高斯压成细细的形状，"
        "似然离熵总有一段距离。",
    .fixed_text =
        "没有置换，每块保留的都是同一个坐标：x₁ 从来不变，它在数据里是什么分布，"
        "到了“噪声”里还是什么分布。",
    .view_text = {"颜色是精确的密度，由变量代换公式得到。边上的曲线是它的两个条件："
                  "q(x₁)，以及给定抓住的点的 x₁ 时的 q(x₂)。",
                  "灰色是数据，彩色是逆着所有块走回来的噪声。"},
    .rule_seen =
        "右图：网格在噪声里是均匀的。色带是下一块的规则：每个点都从中线量起，"
        "以色带的半宽为单位。",
    .reversed_seen =
        "现在由噪声这一侧决定。只有两个 token 时，两侧保留的坐标相同，所以两个方向是同一族流；"
        "token 更多时，训练要对每个 token 各算一遍。",
    .block_label = "块",
    .back_label = "逆变换",
    .density_label = "密度",
    .loss_label = "目标函数",
};

}  // namespace rivulet::words::chinese
