// TarFlow of pictures in training: what is told of it.
#include <doctest/doctest.h>

#include "eight_pictures.h"
#include "rivulet/train/tarflow.h"
#include "rivulet/train/trainer.h"

using namespace rivulet;
using namespace rivulet::testing;

TEST_CASE("tarflow training: pictures become noise of variance 1, the rest of the loss is scale") {
  models::TarflowModel model =
      train::tarflow_model_for(models::TarflowNoise::gaussian, *eight_pictures());
  model.pictures.net.width = 16;
  model.pictures.net.depth = 1;
  model.pictures.net.heads = 2;
  model.blocks = 2;
  constexpr int steps = 200;
  train::Trainer trainer(train::tarflow_objective(model, {.batch = 16}, eight_pictures()),
                         {.learning_rate = 1e-2F, .warmup = 10, .schedule_steps = steps},
                         cpu_device());
  const auto told = [&trainer](size_t i) { return double{trainer.losses()[i].second}; };
  (void)trainer.step();
  REQUIRE(trainer.losses()[1].first == "log_scale");
  CHECK(told(1) == 0);  // it begins as the identity
  double loss = 0;
  double log_scale = 0;
  constexpr int last = 50;
  for (int i = 1; i < steps; ++i) {
    (void)trainer.step();
    if (i < steps - last) continue;
    loss += told(0) / last;
    log_scale += told(1) / last;
  }
  // Else another scale s of z would be likelier: s^2 E z^2 / 2 - log s is least at s = 1.
  CHECK(2 * (loss - log_scale) == doctest::Approx(1).epsilon(0.1));
  CHECK(log_scale < -0.5);  // what was narrow was stretched
}
