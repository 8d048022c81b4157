#include "rivulet/words/chinese/chinese.h"

namespace rivulet::words::chinese {

constinit const ExpertsPictures experts_pictures = {
    .lab = "图片",
    .keys = {{{"N", "换一份新噪声"},
              {"1 – 9", "让一位专家静音，或恢复"},
              {"A", "恢复所有专家"},
              {"L", "下一层"},
              {"← →", "退一步或进一步，或转动带圈的旋钮"},
              {"E", "显示或隐藏专家的颜色"},
              {"空格", "播放从噪声走来的过程"},
              {"?", "显示这份帮助；Esc 关闭"}}},
    .help_mouse =
        "一种颜色就是一位专家：它处理的图块涂成它的颜色，占多大就是门控有多大。"
        "点一种颜色，让那位专家静音，看图变成什么样；点一层或一个时刻，就看那里；"
        "指着一个图块，可以读出它的门控。",
    .painted = "显示专家的颜色",
    .reach = {"只在这一层", "在所有层"},
    .routed_title = "第 {} 层：哪个图块归谁",
    .whole = "全部工作",
    .without = "部分静音",
    .difference = "差别 ×{}",
    .invitation = "点下面的一种颜色：这位专家管什么？",
    .all_speak = "全部恢复",
    .expert = "专家 {}",
    .silent = "静音",
    .silence_hint = "让这位专家静音，或恢复",
    .patch = "{} {:.0f} %",
    .layers_title = "此刻的每一层",
    .layer = "第 {} 层",
    .load_title = "第 {} 层一路上的负载",
    .load_axis = "时间 t",
    .fair = "均等",
    .preferred_title = "第 {} 层每位专家最常接手的",
    .preferred_note = "真实图片的图块，加噪到 t = {:.2f}",
    .preferred_waiting = "正在看真实图片…",
    .step_caption = "每步 {:.0f} ms",
    .play = "播放从噪声走来的过程",
    .seen = {"每个图块都交给路由器打分最高的几位专家，每一步、每一层都重新选。"
             "没有人规定它们各自该擅长什么。",
             "同一份噪声，部分专家静音：选中它们的图块就少了它们的那一份。变了的地方，"
             "就是这些专家的作用。"},
    .said =
        "稀疏模型：{} 层里每层有 {} 位专家，每个图块用其中 {} 位。共 {:.1f} 百万个参数，"
        "每个图块只用到 {:.1f} 百万个。",
    .said_shared = "其中 {} 位由所有图块共用。",
    .layer_label = "层",
    .router_label = "路由",
    .load_label = "负载",
};

}  // namespace rivulet::words::chinese
