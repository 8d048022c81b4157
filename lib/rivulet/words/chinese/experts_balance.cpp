#include "rivulet/words/chinese/chinese.h"

namespace rivulet::words::chinese {

constinit const ExpertsBalance experts_balance = {
    .lab = "均衡",
    .keys = {{{"空格", "训练或暂停"},
              {"S", "训练一步"},
              {"R", "重新开始"},
              {"1 2 3", "专家、用了几个、你来路由"},
              {"C", "右边换下一种办法"},
              {"D", "画一个自己的目标"},
              {"?", "本帮助；Esc 关闭"}}},
    .help_mouse =
        "两个网络从同样的数开始，看同样的点；不同的只是怎样让专家都用得上。自己当路由器时，把一个点"
        "拖给另一个专家。",
    .left = "左边的办法",
    .right = "右边的办法",
    .remedies = {"无", "损失", "符号", "RMS", "分位数", "可变 k"},
    .remedy_hints = {"全由路由器决定", "再加一个损失，各个专家用得一样多时最小",
                     "用得多的专家阈值变大，用得少的变小，每次一样多", "同上，但越不均匀，步长越大",
                     "直接算出让这一批均衡的阈值：没有步长",
                     "只看阈值：有的点用的专家更多，平均 k 个"},
    .experts = "专家数",
    .experts_hint = "这一层有多少个专家",
    .chosen = "选用",
    .chosen_hint = "每个点用其中几个",
    .router = "路由器",
    .routers = {"Softmax", "Sigmoid", "ReLU"},
    .gate = "权重除以",
    .gates = {"不除", "全部之和", "选中之和"},
    .shared = "另有一个所有点共用的专家",
    .rate = "阈值的步长",
    .rate_hint = "每一批之后阈值移动多少",
    .loss_weight = "损失的权重",
    .loss_weight_hint = "除了网络要学的，均衡占多大分量",
    .hidden = "每个专家的单元数",
    .hidden_hint = "每个专家有多大",
    .views = {"专家", "用了几个", "你来路由"},
    .play_flow = "让流的时间走起来",
    .violation_caption = "MaxVio {:.2f}",
    .waiting = "训练即将开始",
    .load_title = "负载",
    .threshold_title = "阈值",
    .no_thresholds = "这里没有阈值",
    .violation_title = "不均衡程度（MaxVio）",
    .error_title = "速度的误差",
    .used = "每个点 {:.2f} 个",
    .idle = "{} 个用不上，共 {} 个",
    .moved = "路由器动了 {:.0f} %",
    .stands = "路由器一动不动",
    .hand_title = "路上的 24 个点",
    .basket_title = "它们的专家",
    .baskets_hint = "把一个点拖给另一个专家",
    .again = "照路由器的",
    .take_even = "最好的均衡",
    .scores = {"你", "路由器", "均衡中最好", "一切中最好"},
    .score_loss = "损失 {:.4f}",
    .score_violation = "MaxVio {:.2f}",
    .truth = "正确的速度",
    .said = "专家给出的速度",
    .remedy_text =
        {"没有什么让负载均匀。先学好一点的专家得到更多的点，学得更快，于是得到的更多：少数专家做完"
         "一切，其余的用不上。",
         "第二个损失把平均的权重拉向用得太少的专家。它做得到，但也会改变网络本来要学的东西。",
         "不用损失：专家用得太多，它的阈值就变大一步，每步一样长。步长必须合乎分数的大小，还要很多"
         "批才行。",
         "步长与不均匀的程度一样大：比只看符号快。",
         "最好的均衡是能算出来的：阈值就是分数的分位数。每批算一次，没有步长：几步之内就均衡了。",
         "阈值是每个专家自己分数的分位数，只看它：有的点打开更多的专家，平均 k 个。"},
    .view_seen = {"每个位置的颜色，是在下面这个流的时间里，那里权重最大的专家；点在从噪声来的路上。"
                  "长条是负载，细线是平均的份额。",
                  "越深的地方用的专家越多。可变 k "
                  "把专家留给用得上的地方：开始全是噪声时少，样子出现时多。让 t 走起来看。",
                  "专家已经训练好，由你来选。圆圈是平均的份额。一切中最好的分法会让有的专家得到太多"
                  "；均衡中最好的，是均衡所能达到的。"},
    .renormalised_text =
        "k = 1 时，权重除以选中之和，就永远是 "
        "1：网络学的东西到不了路由器，它一直是开始的样子。只有均衡的损失能推动它。",
    .layer_label = "层",
    .choice_label = "选择",
    .remedy_label = "办法",
    .violation_label = "均衡",
};

}  // namespace rivulet::words::chinese
