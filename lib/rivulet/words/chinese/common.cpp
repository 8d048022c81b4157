#include "rivulet/words/words.h"

namespace rivulet::words {

constinit const Common chinese_common = {
    .name = "细流",
    .copy_link = "复制链接，所有设置都在其中",
    .copied = "已复制：链接里有全部设置",
    .paste_link = "粘贴之前复制的设置",
    .pasted = "设置已载入",
    .bad_state = "读不懂这些设置，因此显示默认值。",
    .bad_paste = "读不懂这些设置，因此什么都没有改。",
    .bad_text = "这段文字用不了。",
    .bad_file = "这个文件用不了。",
    .unwanted_file = "没有哪个实验用得上这个文件",
    .to_dark = "深色",
    .to_light = "浅色",
    .help = "帮助与按键",
    .close = "关闭",
    .failed = "训练停止了",
    .again = "重新开始",
    .settings = "设置",

    .help_title = "在这里可以做什么",
};

}  // namespace rivulet::words
