#include "rivulet/words/chinese/chinese.h"

namespace rivulet::words::chinese {
namespace {

constexpr Phrase table[] = {
    {"the-flows-own-sample-from", "流自己的样本，起自"},
    {"data", "数据"},
    {"trained-so-that", "训练使得"},
    {"angle-between", "夹角"},
    {"noise", "噪声"},
    {"share-of-all-choices", "在所有选择中的份额"},
    {"the-largest", "最大的"},
    {"with-their-signs", "连同正负号"},
    {"bits", "比特"},
    {"from-a-seed", "由种子生成"},
    {"means-of-squares", "方块均值"},
    {"while-the-noise-of", "只要"},
    {"is-coarser-than", "的噪声粗于"},
    {"luminance", "亮度"},
    {"the-number-in-the-code", "编码里的号码"},
    {"until", "直到"},
    {"after", "接"},
    {"the-same-from-one-seed", "种子相同则相同"},
    {"all", "所有"},
    {"at-once", "同时算"},
    {"to", "到"},
    {"over", "共"},
    {"numbers", "个数"},
    {"nats", "奈特"},
    {"a-number-of-a-token", "token 里的每个数"},
    {"sees-those-before-it", "看得到它之前的数"},
    {"of-each-byte", "取自每个字节"},
    {"its-slope-belongs-to", "其导数计入"},
    {"silent", "静音"},
    {"where", "当"},
    {"fair", "均等"},
    {"at-first", "开始时"},
};

}  // namespace

std::span<const Phrase> phrases() { return table; }

}  // namespace rivulet::words::chinese
