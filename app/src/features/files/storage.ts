import type { Room } from "./held";

/** What workers have of a file beside what the types of a page know. */
type Handle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<Room> };

/** The folder of the origin's private file system that files lie in. */
export const FOLDER = "files";

/** Files of the page in the origin's private file system, by name. They may be cleared, and are no copy to rely on. */
export class Storage {
  async #folder(): Promise<FileSystemDirectoryHandle> {
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle(FOLDER, { create: true });
  }

  /** Opens a file for this worker alone, and closes it when the work is over. */
  async with<T>(name: string, work: (room: Room) => Promise<T>): Promise<T> {
    const handle = (await (await this.#folder()).getFileHandle(name, { create: true })) as Handle;
    const room = await handle.createSyncAccessHandle();
    try {
      return await work(room);
    } finally {
      room.close();
    }
  }

  /** Bytes of a file on the disk; undefined where it is not there. */
  async file(name: string): Promise<File | undefined> {
    try {
      return await (await (await this.#folder()).getFileHandle(name)).getFile();
    } catch (error) {
      if ((error as Error).name === "NotFoundError") return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await (await this.#folder()).removeEntry(name).catch((error: Error) => {
      if (error.name !== "NotFoundError") throw error;
    });
  }
}
