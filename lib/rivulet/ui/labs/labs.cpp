#include "rivulet/ui/labs/labs.h"

#include "rivulet/ui/labs/ddcm/lab.h"
#include "rivulet/ui/labs/distill2d/lab.h"
#include "rivulet/ui/labs/distill_pictures/lab.h"
#include "rivulet/ui/labs/experts_balance/lab.h"
#include "rivulet/ui/labs/experts_geometry/lab.h"
#include "rivulet/ui/labs/experts_pictures/lab.h"
#include "rivulet/ui/labs/flow2d/lab.h"
#include "rivulet/ui/labs/pictures/lab.h"
#include "rivulet/ui/labs/tarflow2d/lab.h"
#include "rivulet/ui/labs/tarflow_pictures/lab.h"

namespace rivulet::ui {

std::vector<Lab> make_labs() {
  using words::Words;
  return {
      make_lab<Flow2dLab>(
          "flow2d", System::shortcut, [](const Words& w) -> const auto& { return w.flow2d; }),
      make_lab<PicturesLab>(
          "pictures", System::shortcut, [](const Words& w) -> const auto& { return w.pictures; }),
      make_lab<Distill2dLab>(
          "distill2d", System::distillation,
          [](const Words& w) -> const auto& { return w.distill2d; }),
      make_lab<DistillPicturesLab>(
          "distill-pictures", System::distillation,
          [](const Words& w) -> const auto& { return w.distill_pictures; }),
      make_lab<Tarflow2dLab>(
          "tarflow2d", System::tarflow, [](const Words& w) -> const auto& { return w.tarflow2d; }),
      make_lab<TarflowPicturesLab>(
          "tarflow-pictures", System::tarflow,
          [](const Words& w) -> const auto& { return w.tarflow_pictures; }),
      make_lab<DdcmLab>(
          "ddcm", System::ddcm, [](const Words& w) -> const auto& { return w.ddcm; }),
      make_lab<ExpertsGeometryLab>(
          "experts-geometry", System::experts,
          [](const Words& w) -> const auto& { return w.experts_geometry; }),
      make_lab<ExpertsBalanceLab>(
          "experts-balance", System::experts,
          [](const Words& w) -> const auto& { return w.experts_balance; }),
      make_lab<ExpertsPicturesLab>(
          "experts-pictures", System::experts,
          [](const Words& w) -> const auto& { return w.experts_pictures; }),
  };
}

}  // namespace rivulet::ui
