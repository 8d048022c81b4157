#include <array>

#include "rivulet/words/english/english.h"

namespace rivulet::words::english {
namespace {

constexpr Phrase table[] = {
    {"the-flows-own-sample-from", "the flow’s own sample from"},
    {"data", "data"},
    {"trained-so-that", "trained so that"},
    {"angle-between", "angle between"},
    {"noise", "noise"},
    {"share-of-all-choices", "the share of all choices"},
    {"the-largest", "the largest"},
    {"with-their-signs", "with their signs"},
    {"bits", "bits"},
    {"from-a-seed", "from a seed"},
    {"means-of-squares", "means of squares"},
    {"while-the-noise-of", "while the noise of"},
    {"is-coarser-than", "is coarser than"},
    {"luminance", "luminance"},
    {"the-number-in-the-code", "the number in the code"},
    {"until", "until"},
    {"after", "after"},
    {"the-same-from-one-seed", "the same from one seed"},
    {"all", "all"},
    {"at-once", "at once"},
    {"to", "to"},
    {"over", "over"},
    {"numbers", "numbers"},
    {"nats", "nats"},
    {"a-number-of-a-token", "a number of a token"},
    {"sees-those-before-it", "sees those before it"},
    {"of-each-byte", "of each byte"},
    {"its-slope-belongs-to", "its slope belongs to"},
    {"silent", "silent"},
    {"where", "where"},
    {"fair", "fair"},
    {"at-first", "at first"},
};

}  // namespace

std::span<const Phrase> phrases() { return table; }

}  // namespace rivulet::words::english
