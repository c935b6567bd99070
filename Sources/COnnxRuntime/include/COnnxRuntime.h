#ifndef STEADYHAND_ONNX_RUNTIME_H
#define STEADYHAND_ONNX_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

// The part of ONNX Runtime's C interface that evaluating a model of 32-bit floats needs. The library is loaded when it is
// asked for, so that nothing depends on it where no job names a model.
//
// Every function gives 0 when it has done what it should; otherwise `message`, of `capacity` bytes, says why not.

/// The numbers of a tensor with more dimensions than this are not looked at.
#define ONNX_MAXIMUM_RANK 8

/// The loaded library.
typedef struct onnx_library onnx_library;

/// A model that is ready to be evaluated, by one thread at a time.
typedef struct onnx_model onnx_model;

/// What a model takes or gives.
typedef struct {
    char name[256];
    /// Whether it is a tensor of 32-bit floats.
    int is_float;
    size_t rank;
    /// −1 where the model leaves a size open.
    int64_t sizes[ONNX_MAXIMUM_RANK];
} onnx_tensor_description;

/// Numbers that a model takes or gives.
typedef struct {
    const char *name;
    float *numbers;
    size_t count;
    size_t rank;
    int64_t sizes[ONNX_MAXIMUM_RANK];
} onnx_tensor;

/// Loads the library, once for the process.
///
/// `path` is a file, or a name that the dynamic linker knows where to look for.
int onnx_library_load(const char *path, onnx_library **library, char *message, size_t capacity);

/// The library's version; empty before one was loaded.
const char *onnx_library_version(const onnx_library *library);

/// Reads a model, to be evaluated on the calling thread.
int onnx_model_open(
    const onnx_library *library, const char *path, onnx_model **model, char *message, size_t capacity);

/// Lets go of a model.
void onnx_model_close(onnx_model *model);

/// How many tensors the model takes.
size_t onnx_model_input_count(const onnx_model *model);

/// How many tensors the model gives.
size_t onnx_model_output_count(const onnx_model *model);

/// What the model takes, or gives, at a place.
int onnx_model_describe(
    const onnx_model *model, int is_output, size_t index, onnx_tensor_description *description, char *message,
    size_t capacity);

/// Evaluates the model. Each output has to have as many numbers as there is room for, and gets them.
int onnx_model_run(
    onnx_model *model, const onnx_tensor *inputs, size_t input_count, const onnx_tensor *outputs,
    size_t output_count, char *message, size_t capacity);

#endif
