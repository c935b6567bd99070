#include "COnnxRuntime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ONNX Runtime exports one function, OrtGetApiBase, which leads to a table of functions. The table is documented to grow at its end
// only, so that a place in it keeps its meaning: https://onnxruntime.ai/docs/api/c/struct_ort_api.html lists the functions in order.
// What is used of it is declared here; no header of the library is needed.

enum {
    api_version = 17,  // the oldest version of the table that is asked for
    logging_fatal = 4,  // what goes wrong is told by whoever asked
    optimise_all = 99,
    element_float = 1,
    allocator_arena = 1,
    memory_default = 0,
    longest_run = 8,
};

enum place {
    place_get_error_message = 2,
    place_create_environment = 3,
    place_create_session = 7,
    place_run = 9,
    place_create_session_options = 10,
    place_set_optimisation = 23,
    place_set_threads = 24,
    place_input_count = 30,
    place_output_count = 31,
    place_input_type = 33,
    place_output_type = 34,
    place_input_name = 36,
    place_output_name = 37,
    place_create_tensor = 49,
    place_tensor_data = 51,
    place_tensor_of_type = 55,
    place_element_type = 60,
    place_rank = 61,
    place_sizes = 62,
    place_element_count = 64,
    place_type_of_tensor = 65,
    place_create_memory = 69,
    place_free = 76,
    place_default_allocator = 78,
    place_release_status = 93,
    place_release_session = 95,
    place_release_value = 96,
    place_release_type = 98,
    place_release_tensor_type = 99,
    place_release_options = 100,
};

typedef void *status;
typedef void (*function)(void);

typedef struct {
    const void *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} api_base;

struct onnx_library {
    const function *table;
    const char *version;
    void *environment;
    void *memory;
    void *allocator;
};

struct onnx_model {
    const onnx_library *library;
    void *session;
    size_t input_count;
    size_t output_count;
};

// A function of the table, as the type that it has.
#define CALL(library, place, ...) ((status(*)(__VA_ARGS__))(library)->table[place])
#define RELEASE(library, place, object) ((void (*)(void *))(library)->table[place])(object)

/// Whether a call went wrong; then `message` says how.
static int failed(const onnx_library *library, status status, char *message, size_t capacity) {
    if (status == NULL) return 0;
    const char *text = ((const char *(*)(const void *))library->table[place_get_error_message])(status);
    snprintf(message, capacity, "%s", text);
    RELEASE(library, place_release_status, status);
    return 1;
}

int onnx_library_load(const char *path, onnx_library **result, char *message, size_t capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        snprintf(message, capacity, "%s", dlerror());
        return 1;
    }
    const api_base *(*get_base)(void) = (const api_base *(*)(void))dlsym(handle, "OrtGetApiBase");
    if (get_base == NULL) {
        snprintf(message, capacity, "%s is not ONNX Runtime: it has no OrtGetApiBase", path);
        dlclose(handle);
        return 1;
    }
    const api_base *base = get_base();
    onnx_library *library = calloc(1, sizeof *library);
    if (library == NULL) {
        snprintf(message, capacity, "no memory");
        dlclose(handle);
        return 1;
    }
    library->version = base->get_version();
    library->table = base->get_api(api_version);
    if (library->table == NULL) {
        snprintf(
            message, capacity, "%s is ONNX Runtime %s, which is too old: 1.17 or newer is needed", path,
            library->version);
        free(library);
        dlclose(handle);
        return 1;
    }
    // The library, its environment and allocator stay for as long as the process does.
    if (failed(
            library,
            CALL(library, place_create_environment, int, const char *, void **)(
                logging_fatal, "steadyhand", &library->environment),
            message, capacity) ||
        failed(
            library,
            CALL(library, place_create_memory, int, int, void **)(allocator_arena, memory_default, &library->memory),
            message, capacity) ||
        failed(
            library, CALL(library, place_default_allocator, void **)(&library->allocator), message, capacity)) {
        free(library);
        return 1;
    }
    *result = library;
    return 0;
}

const char *onnx_library_version(const onnx_library *library) { return library->version; }

int onnx_model_open(
    const onnx_library *library, const char *path, onnx_model **result, char *message, size_t capacity) {
    void *options = NULL;
    if (failed(library, CALL(library, place_create_session_options, void **)(&options), message, capacity)) return 1;
    onnx_model *model = calloc(1, sizeof *model);
    // One thread: the others belong to the robot.
    int is_wrong =
        model == NULL ||
        failed(library, CALL(library, place_set_threads, void *, int)(options, 1), message, capacity) ||
        failed(library, CALL(library, place_set_optimisation, void *, int)(options, optimise_all), message, capacity) ||
        failed(
            library,
            CALL(library, place_create_session, void *, const char *, void *, void **)(
                library->environment, path, options, &model->session),
            message, capacity);
    RELEASE(library, place_release_options, options);
    if (is_wrong) {
        free(model);
        return 1;
    }
    model->library = library;
    if (failed(
            library,
            CALL(library, place_input_count, void *, size_t *)(model->session, &model->input_count), message,
            capacity) ||
        failed(
            library,
            CALL(library, place_output_count, void *, size_t *)(model->session, &model->output_count), message,
            capacity)) {
        onnx_model_close(model);
        return 1;
    }
    *result = model;
    return 0;
}

void onnx_model_close(onnx_model *model) {
    RELEASE(model->library, place_release_session, model->session);
    free(model);
}

size_t onnx_model_input_count(const onnx_model *model) { return model->input_count; }

size_t onnx_model_output_count(const onnx_model *model) { return model->output_count; }

/// Reads the sizes out of a type, which is released.
static int describe_type(
    const onnx_library *library, void *type, onnx_tensor_description *description, char *message, size_t capacity) {
    const void *tensor = NULL;
    int element = 0;
    size_t rank = 0;
    int is_wrong = failed(
        library, CALL(library, place_tensor_of_type, const void *, const void **)(type, &tensor), message, capacity);
    // Something other than a tensor, such as a sequence, has no sizes.
    if (!is_wrong && tensor != NULL) {
        is_wrong =
            failed(
                library, CALL(library, place_element_type, const void *, int *)(tensor, &element), message, capacity) ||
            failed(library, CALL(library, place_rank, const void *, size_t *)(tensor, &rank), message, capacity);
        description->is_float = element == element_float;
        description->rank = rank;
        if (!is_wrong && rank <= ONNX_MAXIMUM_RANK) {
            is_wrong = failed(
                library,
                CALL(library, place_sizes, const void *, int64_t *, size_t)(tensor, description->sizes, rank), message,
                capacity);
        }
    }
    RELEASE(library, place_release_type, type);
    return is_wrong;
}

int onnx_model_describe(
    const onnx_model *model, int is_output, size_t index, onnx_tensor_description *description, char *message,
    size_t capacity) {
    const onnx_library *library = model->library;
    memset(description, 0, sizeof *description);
    char *name = NULL;
    if (failed(
            library,
            CALL(library, is_output ? place_output_name : place_input_name, void *, size_t, void *, char **)(
                model->session, index, library->allocator, &name),
            message, capacity))
        return 1;
    snprintf(description->name, sizeof description->name, "%s", name);
    void *type = NULL;
    if (failed(library, CALL(library, place_free, void *, void *)(library->allocator, name), message, capacity) ||
        failed(
            library,
            CALL(library, is_output ? place_output_type : place_input_type, void *, size_t, void **)(
                model->session, index, &type),
            message, capacity))
        return 1;
    return describe_type(library, type, description, message, capacity);
}

/// Copies what a value of the model holds to where it is wanted.
static int take_output(
    const onnx_library *library, void *value, const onnx_tensor *output, char *message, size_t capacity) {
    void *type = NULL;
    size_t count = 0;
    int element = 0;
    if (failed(
            library, CALL(library, place_type_of_tensor, const void *, void **)(value, &type), message, capacity))
        return 1;
    int is_wrong =
        failed(library, CALL(library, place_element_type, const void *, int *)(type, &element), message, capacity) ||
        failed(library, CALL(library, place_element_count, const void *, size_t *)(type, &count), message, capacity);
    RELEASE(library, place_release_tensor_type, type);
    if (is_wrong) return 1;
    if (element != element_float || count != output->count) {
        snprintf(
            message, capacity, "the output '%s' has %zu numbers%s; %zu are wanted", output->name, count,
            element == element_float ? "" : " that are not 32-bit floats", output->count);
        return 1;
    }
    float *numbers = NULL;
    if (failed(
            library, CALL(library, place_tensor_data, void *, void **)(value, (void **)&numbers), message, capacity))
        return 1;
    memcpy(output->numbers, numbers, count * sizeof *numbers);
    return 0;
}

int onnx_model_run(
    onnx_model *model, const onnx_tensor *inputs, size_t input_count, const onnx_tensor *outputs, size_t output_count,
    char *message, size_t capacity) {
    const onnx_library *library = model->library;
    if (input_count > longest_run || output_count > longest_run) {
        snprintf(message, capacity, "more than %d inputs or outputs", longest_run);
        return 1;
    }
    const char *input_names[longest_run], *output_names[longest_run];
    void *input_values[longest_run] = {0}, *output_values[longest_run] = {0};
    int is_wrong = 0;
    for (size_t index = 0; index < input_count && !is_wrong; index += 1) {
        const onnx_tensor *input = &inputs[index];
        input_names[index] = input->name;
        is_wrong = failed(
            library,
            CALL(library, place_create_tensor, const void *, void *, size_t, const int64_t *, size_t, int, void **)(
                library->memory, input->numbers, input->count * sizeof *input->numbers, input->sizes, input->rank,
                element_float, &input_values[index]),
            message, capacity);
    }
    for (size_t index = 0; index < output_count; index += 1) output_names[index] = outputs[index].name;
    if (!is_wrong) {
        is_wrong = failed(
            library,
            CALL(
                library, place_run, void *, const void *, const char *const *, void *const *, size_t,
                const char *const *, size_t, void **)(
                model->session, NULL, input_names, input_values, input_count, output_names, output_count,
                output_values),
            message, capacity);
    }
    for (size_t index = 0; index < output_count && !is_wrong; index += 1)
        is_wrong = take_output(library, output_values[index], &outputs[index], message, capacity);
    for (size_t index = 0; index < longest_run; index += 1) {
        if (input_values[index] != NULL) RELEASE(library, place_release_value, input_values[index]);
        if (output_values[index] != NULL) RELEASE(library, place_release_value, output_values[index]);
    }
    return is_wrong;
}
