#include "rivulet/train/distill_pictures.h"

#include <utility>

#include "rivulet/core/error.h"
#include "rivulet/graph/ops.h"
#include "rivulet/models/ddpm.h"
#include "rivulet/nn/dit.h"

namespace rivulet::train {
namespace {

using models::DiffusionModel;
using models::Level;

constexpr auto teacher_entry = "teacher";  // of the card: what the teacher predicts

void check(const DiffusionModel& model, const io::SafeTensors* weights) {
  if (weights != nullptr && !(models::picture_net(weights->metadata).net == model.pictures.net)) {
    fail("distillation", "the weights to begin with are of another network than the teacher's");
  }
}

DistillNets nets_of(const DiffusionModel& model) {
  const nn::DitConfig net = model.pictures.net;
  const auto predict = [net, prediction = model.prediction](nn::Params& weights, Value x_t,
                                                            const Level& level, Value labels) {
    const models::Told at = models::told(prediction, level, x_t);
    const Value one = x_t.graph->fill(at.t.shape(), 1);
    const Value none = x_t.graph->fill(at.t.shape(), 0);
    const Value out =
        nn::dit(net, weights, {.x = at.x, .t = at.t, .d = none, .guidance = one, .labels = labels});
    return models::eps_of(prediction, level, x_t, out);
  };
  const auto generator = [net](nn::Params& weights, Value z, Value labels) {
    return models::one_step_pictures(net, weights, z, labels);
  };
  return {.dimensions = net.pixels(),
          .classes = net.classes,
          .generator = generator,
          .fake = predict,
          .teacher = predict};
}

}  // namespace

models::PictureModel student_of(const DiffusionModel& teacher) {
  return {.method = models::Method::shortcut, .pictures = teacher.pictures, .one_step = true};
}

models::DiffusionModel teacher_model(const io::Card& card) {
  const auto prediction = models::prediction_names.find(io::card_text(card, teacher_entry));
  if (!prediction) io::bad_card(card, teacher_entry);
  return {.prediction = *prediction, .pictures = models::picture_net(card)};
}

Objective distill_pictures_objective(const DiffusionModel& model, const PictureTeachers& begin,
                                     std::shared_ptr<const Distillation> how,
                                     const TrainerConfig& fake) {
  if (model.pictures.net.experts)
    fail("distillation", "a network with experts cannot be distilled");
  check(model, begin.teacher.get());
  check(model, begin.first.get());
  Objective objective = distill_objective(nets_of(model), std::move(how));
  objective.groups[0].first = begin.first ? begin.first : begin.teacher;
  objective.groups[1].first = begin.teacher;
  objective.groups[1].config = fake;
  objective.groups[2].first = begin.teacher;
  objective.card.merge(models::picture_card(student_of(model)));
  objective.card[teacher_entry] = name_of(model.prediction);
  return objective;
}

}  // namespace rivulet::train
