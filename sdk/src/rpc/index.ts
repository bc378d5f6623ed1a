export { PagedProvider } from "./pagedProvider";
