// XNNPACK's operators as values that clean up after themselves.
#pragma once

#include <xnnpack.h>

#include <memory>

namespace rivulet::exec::xnnpack {

struct DeleteOperator {
  void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};
using Operator = std::unique_ptr<xnn_operator, DeleteOperator>;

/// Throws Error naming the call unless it went well.
void check(xnn_status status, const char* call);

/// `create(&handle)` as an Operator; initialises XNNPACK on first use.
void initialize();
template <class Create>
[[nodiscard]] Operator make_operator(const char* call, Create create) {
  initialize();
  xnn_operator_t handle = nullptr;
  check(create(&handle), call);
  return Operator(handle);
}

}  // namespace rivulet::exec::xnnpack
