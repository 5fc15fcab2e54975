// libcurl for Swift: what its variadic macros hide, and the unions that do not import.
#pragma once
#include <curl/curl.h>

typedef size_t (*dw_curl_write_function)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode dw_curl_set_long(CURL *handle, CURLoption option, long value) { return curl_easy_setopt(handle, option, value); }
static inline CURLcode dw_curl_set_string(CURL *handle, CURLoption option, const char *value) { return curl_easy_setopt(handle, option, value); }
static inline CURLcode dw_curl_set_pointer(CURL *handle, CURLoption option, void *value) { return curl_easy_setopt(handle, option, value); }
static inline CURLcode dw_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) { return curl_easy_setopt(handle, option, value); }
static inline CURLcode dw_curl_set_write(CURL *handle, dw_curl_write_function function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
static inline CURLcode dw_curl_set_read(CURL *handle, dw_curl_write_function function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_READFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_READDATA, context);
}
static inline CURLcode dw_curl_get_long(CURL *handle, CURLINFO info, long *value) { return curl_easy_getinfo(handle, info, value); }
static inline CURLcode dw_curl_get_string(CURL *handle, CURLINFO info, char **value) { return curl_easy_getinfo(handle, info, value); }
static inline CURLcode dw_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) { return curl_easy_getinfo(handle, info, value); }
static inline CURLcode dw_curl_get_pointer(CURL *handle, CURLINFO info, void **value) { return curl_easy_getinfo(handle, info, value); }
static inline CURLMcode dw_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) { return curl_multi_setopt(multi, option, value); }
// 1 where the message says that a transfer is over, with its handle and outcome.
static inline int dw_curl_finished(CURLMsg *message, CURL **handle, CURLcode *code) {
    if (message->msg != CURLMSG_DONE) return 0;
    *handle = message->easy_handle;
    *code = message->data.result;
    return 1;
}
// Macros with casts, which do not import.
static const long dw_curl_auth_basic = (long)CURLAUTH_BASIC;
static const long dw_curl_auth_bearer = (long)CURLAUTH_BEARER;
static const long dw_curl_tls_all = (long)CURLUSESSL_ALL;
static const long dw_curl_tls_try = (long)CURLUSESSL_TRY;
static const unsigned int dw_curl_url_default_port = CURLU_DEFAULT_PORT;
