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

void check(const nn::DitConfig& teacher, const nn::DitConfig& first) {
  if (teacher.experts || first.experts)
    fail("distillation", "networks with experts cannot be distilled");
  if (!(teacher == first))
    fail("distillation", "the first weights are of another network than the teacher's");
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

models::PictureModel student_of(const io::SafeTensors& teacher) {
  return {.method = models::Method::shortcut,
          .pictures = models::diffusion_model(teacher).pictures,
          .one_step = true};
}

Objective distill_pictures_objective(const PictureTeachers& of,
                                     std::shared_ptr<const Distillation> how,
                                     const TrainerConfig& fake) {
  const DiffusionModel model = models::diffusion_model(*of.teacher);
  const auto first = of.first ? of.first : of.teacher;
  check(model.pictures.net, models::picture_net(first->metadata).net);
  Objective objective = distill_objective(nets_of(model), std::move(how));
  objective.groups[0].first = first;
  objective.groups[1].first = of.teacher;
  objective.groups[1].config = fake;
  objective.groups[2].first = of.teacher;
  objective.card.merge(models::picture_card(student_of(*of.teacher)));
  return objective;
}

}  // namespace rivulet::train
